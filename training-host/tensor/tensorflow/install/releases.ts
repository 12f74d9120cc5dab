/** What is installed: exact releases, with the hashes of the files. They were looked up in the registries in November 2026. */
import { UserError } from "../../../../contracts/user-error";
import type { Variant } from "../installation";

/** A wheel of TensorFlow: its shared libraries and C headers are what we want of it. */
export interface WheelRelease {
  /** As pip writes it. */
  requirement: string;
  /** Any Python would do: the libraries are the same in all of them. */
  python: string;
  platforms: readonly string[];
  sha256: string;
  bytes: number;
  libraries: readonly string[];
  /** The wheels with CUDA's libraries together, about: pip chooses their versions. */
  cudaBytes: number;
  /** Disk that an installation takes, libraries of CUDA included. */
  installedBytes: number;
}

export interface PackageRelease {
  spec: string;
  /** sha512, as npm writes it. */
  integrity: string;
}

const MIB = 2 ** 20;
const PYTHON = "3.12";
const LINUX_LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

const wheels: Readonly<Record<string, WheelRelease>> = {
  "cpu linux x64": {
    requirement: "tensorflow_cpu==2.21.0",
    python: PYTHON,
    platforms: ["manylinux_2_27_x86_64"],
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    bytes: 274000871,
    libraries: LINUX_LIBRARIES,
    cudaBytes: 0,
    installedBytes: 830 * MIB,
  },
  "cpu linux arm64": {
    requirement: "tensorflow==2.21.0",
    python: PYTHON,
    platforms: ["manylinux_2_27_aarch64"],
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    bytes: 281946471,
    libraries: LINUX_LIBRARIES,
    cudaBytes: 0,
    installedBytes: 900 * MIB,
  },
  "cpu darwin arm64": {
    requirement: "tensorflow==2.21.0",
    python: PYTHON,
    platforms: ["macosx_12_0_arm64"],
    sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
    bytes: 223488205,
    libraries: ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"],
    cudaBytes: 0,
    installedBytes: 800 * MIB,
  },
  "gpu linux x64": {
    requirement: "tensorflow==2.21.0",
    python: PYTHON,
    // The wheels with CUDA's libraries are tagged for older systems, each for another.
    platforms: [
      ...[27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17].map((minor) => `manylinux_2_${minor}_x86_64`),
      "manylinux2014_x86_64",
    ],
    sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
    bytes: 572611111,
    libraries: LINUX_LIBRARIES,
    cudaBytes: 2_807_000_000,
    installedBytes: 5500 * MIB,
  },
};

/** Everything that one installation consists of. */
export interface Releases {
  wheel: WheelRelease;
  /** The kernels in JavaScript and the addon's source. */
  nodePackage: PackageRelease;
  /** Node-API's C headers: with them a C++ compiler is enough, and no node-gyp with headers of its own to download. */
  nodeHeaders: PackageRelease;
}

const nodePackages: Readonly<Record<Variant, PackageRelease>> = {
  cpu: {
    spec: "@tensorflow/tfjs-node@4.22.0",
    integrity:
      "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
  },
  gpu: {
    spec: "@tensorflow/tfjs-node-gpu@4.22.0",
    integrity:
      "sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
  },
};

const nodeHeaders: PackageRelease = {
  spec: "node-api-headers@1.9.0",
  integrity:
    "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
};

/** @throws UserError "backend-unavailable" where TensorFlow has no such build. */
export function chooseReleases(
  variant: Variant,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): Releases {
  const wheel = wheels[`${variant} ${platform} ${arch}`];
  if (wheel) return { wheel, nodePackage: nodePackages[variant], nodeHeaders };
  const withoutGpu = variant === "gpu" && `cpu ${platform} ${arch}` in wheels;
  throw new UserError(
    "backend-unavailable",
    `TensorFlow's library ${variant === "gpu" ? "with CUDA" : "for the CPU"} is not published for ${platform} ${arch}.`,
    withoutGpu
      ? "Install it for the CPU, or use the backend webgpu, which computes on a GPU of any vendor."
      : "The other backends work without it.",
  );
}
