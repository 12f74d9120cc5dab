/** What is known of each backend before it is opened. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { BackendName } from "../../../contracts/backend";
import { candidateLibraries } from "../blas/candidate-libraries";
import { findInstallation, search, searchPlaces, type Variant } from "../tensorflow/installation";
import { whyTensorflowIsMissing } from "../tensorflow/missing-tensorflow";
import { existingLibraries } from "./library-files";

/** Why a backend cannot be had, in one sentence, and what to do about it. */
export interface Unavailability {
  detail: string;
  advice: string;
}

export interface Rung {
  /** It computes on a GPU, whose memory is another one than the machine's. */
  gpu: boolean;
  /** A bad library or driver can take the process with it: tried in another one first. */
  isolated: boolean;
  /** Told from files, in no time; null: it may work. */
  whyMissing(): Unavailability | null;
  /** The files on which the outcome of trying it depends; null: it may change although no file does. */
  files(): readonly string[] | null;
  /** What to do when the process that tried it ended without an answer. */
  adviceAfterCrash: string;
}

const everywhere: Rung = {
  gpu: false,
  isolated: false,
  whyMissing: () => null,
  files: () => null,
  adviceAfterCrash: "Build the product again: npm run build.",
};

export const rungs: Readonly<Record<BackendName, Rung>> = {
  "tensorflow-gpu": tensorflow("gpu"),
  webgpu: {
    gpu: true,
    isolated: true,
    whyMissing: () => (mayHaveGpu() ? null : noGpu),
    // A driver or the GPU itself may come and go.
    files: () => null,
    adviceAfterCrash: "Update the GPU's driver, or name another backend, as in `launch local backend=wasm`.",
  },
  tensorflow: tensorflow("cpu"),
  "wasm-blas": {
    gpu: false,
    isolated: true,
    whyMissing: whyNoBlas,
    files: blasFiles,
    adviceAfterCrash:
      "Set MOS_BLAS to the file of another OpenBLAS or MKL library, or use `launch local backend=wasm`.",
  },
  wasm: everywhere,
  cpu: everywhere,
};

function tensorflow(variant: Variant): Rung {
  const flag = variant === "gpu" ? " --gpu" : "";
  return {
    gpu: variant === "gpu",
    isolated: true,
    whyMissing() {
      const { installed, detail, advice } = whyTensorflowIsMissing(variant);
      return installed ? null : { detail, advice };
    },
    files() {
      // Whether there is a GPU no file of the installation tells.
      if (variant === "gpu") return null;
      const installation = findInstallation(search(variant, searchPlaces()));
      return installation === null ? null : filesBelow(installation.folder);
    },
    adviceAfterCrash: `Install it again: \`mos install tensorflow${flag}\`. Or use \`launch local backend=wasm\`.`,
  };
}

/** The addon and the libraries beside it. */
function filesBelow(folder: string): string[] {
  const native = /\.(node|so|dylib|dll)\b|\.so\.\d/;
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => native.test(file))
    .sort()
    .map((file) => path.join(folder, file));
}

const noGpu: Unavailability = {
  detail: "This machine has no GPU: there is no device of one (/dev/dri, /dev/nvidia*, /dev/dxg).",
  advice: "In a container, pass the GPU's devices on; otherwise train on the CPU.",
};

/** On Linux every GPU has a device file; a machine without one need not load Dawn to know. */
function mayHaveGpu(): boolean {
  if (process.platform !== "linux" || process.env.MOS_WEBGPU_ADAPTER) return true;
  return ["/dev/dri", "/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"].some((file) => fs.existsSync(file));
}

function blasFiles(): string[] {
  return existingLibraries(candidateLibraries({ platform: process.platform, environment: process.env }));
}

function whyNoBlas(): Unavailability | null {
  const { MOS_BLAS: named } = process.env;
  // Accelerate is part of macOS, and no file.
  if (blasFiles().length > 0 || (process.platform === "darwin" && !named)) return null;
  if (named)
    return {
      detail: `There is no BLAS library ${named}, which MOS_BLAS names.`,
      advice: "Set MOS_BLAS to the file of an OpenBLAS or MKL library, or leave it out.",
    };
  return {
    detail: "No fast BLAS library was found on this machine.",
    advice:
      "Install OpenBLAS (Debian: libopenblas0-pthread; Fedora: openblas), or set MOS_BLAS to the file of one.",
  };
}
