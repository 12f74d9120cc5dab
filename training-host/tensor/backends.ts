/** Opens the tensor backend that a plan asks for. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { UserError } from "../../contracts/user-error";
import type { Operations } from "./operations";
import { portableOperations } from "./portable";
import { Heap } from "./wasm/heap";
import { chooseVariant, loadKernels } from "./wasm/kernels";
import { makeWasmOperations } from "./wasm/wasm-operations";

export interface Backend {
  name: "wasm" | "cpu";
  /** What exactly computes, for the run's record. */
  detail: string;
  operations: Operations;
  /** Tensors alive, and bytes the backend holds (a wasm heap never shrinks). */
  memory(): { tensors: number; heapBytes: number };
}

let wasm: Backend | null = null;

/**
 * Makes the backend TensorFlow.js's current one; models of another backend cannot be used until that is opened again.
 * `auto` is the fastest that works here. Throws UserError "backend-unavailable".
 */
export async function openBackend(choice: "auto" | "wasm" | "cpu"): Promise<Backend> {
  if (choice === "cpu") return openCpu("TensorFlow.js cpu backend");
  try {
    return await openWasm();
  } catch (error) {
    const { message } = error as Error;
    if (choice === "auto")
      return openCpu(`TensorFlow.js cpu backend, because the wasm backend did not start: ${message}`);
    throw new UserError(
      "backend-unavailable",
      `The wasm backend did not start: ${message}.`,
      "Use launch.backend cpu, which is far slower.",
      { cause: error },
    );
  }
}

async function openWasm(): Promise<Backend> {
  if (wasm) {
    await tf.setBackend("wasm");
    return wasm;
  }
  const folder = path.join(__DIST__, "wasm");
  const heap = await Heap.open(folder);
  const variant = chooseVariant(folder);
  const kernels = loadKernels(folder, variant, heap.memory);
  wasm = {
    name: "wasm",
    detail: variant === "relaxed" ? "own wasm kernels, relaxed SIMD" : "own wasm kernels, SIMD",
    operations: makeWasmOperations({ heap, kernels }),
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: heap.bytes }),
  };
  return wasm;
}

async function openCpu(detail: string): Promise<Backend> {
  await tf.setBackend("cpu");
  // Its first use prints an advertisement for tfjs-node.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return {
    name: "cpu",
    detail,
    operations: portableOperations,
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: tf.memory().numBytes }),
  };
}
