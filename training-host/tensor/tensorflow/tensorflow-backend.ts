/** TensorFlow's own C library, on the CPU or on an NVIDIA GPU, through the addon and kernels of @tensorflow/tfjs-node. */
import * as fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { loadThroughArray } from "../stored-numbers";
import { findInstallation, type Installation, search, searchPlaces, type Variant } from "./installation";
import { whyMissing } from "./missing-tensorflow";
import { registerNodeKernels, TENSORFLOW, type TensorflowAddon } from "./node-kernels";
import { tensorflowOperations } from "./tensorflow-operations";

export interface TensorflowOptions {
  gpu: boolean;
  /** Threads of one operation. Whoever opens TensorFlow first in a process decides. */
  threads: number;
}

/** TensorFlow's library and its settings are one per process. */
let open: { installation: Installation; addon: TensorflowAddon; threads: number } | null = null;

/**
 * Makes TensorFlow the current backend.
 * @throws UserError "backend-unavailable": not installed, cannot be loaded, or (with `gpu`) it sees no GPU.
 */
export async function openTensorflow({ gpu, threads }: TensorflowOptions): Promise<Backend> {
  const variant: Variant = gpu ? "gpu" : "cpu";
  const installation = requireInstallation(variant);
  open ??= load(installation, threads);
  if (open.installation.addon !== installation.addon) throw anotherIsLoaded(open.installation);
  const { addon } = open;
  if (gpu && !addon.isUsingGpuDevice()) throw noGpu(addon);
  if (!(await tf.setBackend(TENSORFLOW))) throw cannotStart(installation);
  return {
    name: gpu ? "tensorflow-gpu" : "tensorflow",
    detail: `TensorFlow ${addon.TF_Version} on the ${gpu ? "GPU" : "CPU"}, ${installation.packageName} 4.22.0`,
    threads: open.threads,
    operations: tensorflowOperations,
    load: loadThroughArray,
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: tf.memory().numBytes }),
  };
}

function requireInstallation(variant: Variant): Installation {
  const findings = search(variant, searchPlaces());
  const installation = findInstallation(findings);
  if (installation) return installation;
  const { detail, advice } = whyMissing(variant, findings);
  throw new UserError("backend-unavailable", detail, advice);
}

function load(installation: Installation, threads: number) {
  prepareEnvironment(threads);
  const module = { exports: {} as TensorflowAddon };
  try {
    process.dlopen(module, installation.addon);
    registerNodeKernels(installation.kernels, module.exports, installation.packageName);
  } catch (error) {
    throw cannotLoad(installation, error as Error);
  }
  return { installation, addon: module.exports, threads };
}

/** Read by the library when it is loaded. What the user has set stays. */
function prepareEnvironment(threads: number): void {
  const settings = {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: "1",
    // Its messages would go between the lines of the run's log.
    TF_CPP_MIN_LOG_LEVEL: "2",
    // Otherwise the first of several runs takes all of the GPU's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    // Float32 means float32, as on every other backend: TensorFloat-32 keeps 10 bits of the mantissa.
    NVIDIA_TF32_OVERRIDE: "0",
  };
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

function cannotLoad({ addon, folder }: Installation, error: Error): UserError {
  return new UserError(
    "backend-unavailable",
    `TensorFlow's addon ${addon} could not be loaded: ${error.message.split("\n")[0]}.`,
    `Delete ${folder} and install it again.`,
    { cause: error },
  );
}

function cannotStart({ folder, packageName }: Installation): UserError {
  return new UserError(
    "backend-unavailable",
    `${packageName} in ${folder} did not start on this version of the product.`,
    `Delete ${folder} and install it again.`,
  );
}

function anotherIsLoaded({ folder }: Installation): UserError {
  return new UserError(
    "backend-unavailable",
    `This process has already loaded another TensorFlow, from ${folder}.`,
    "Name one backend: launch.backend tensorflow or launch.backend tensorflow-gpu.",
  );
}

function noGpu({ TF_Version }: TensorflowAddon): UserError {
  const driver = fs.existsSync("/proc/driver/nvidia/version");
  return new UserError(
    "backend-unavailable",
    `TensorFlow ${TF_Version} finds no GPU: ${driver ? "an NVIDIA driver is loaded, but CUDA cannot be used" : "no NVIDIA driver is loaded"}.`,
    driver
      ? "Set TF_CPP_MIN_LOG_LEVEL=0 and run `mos doctor` to see TensorFlow's own messages."
      : "Install the NVIDIA driver, or use launch.backend tensorflow, which computes on the CPU.",
  );
}
