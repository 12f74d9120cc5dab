/** Our own kernels on the heap of the TensorFlow.js wasm backend. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { Heap } from "./heap";
import { chooseVariant, loadKernels } from "./kernels";
import { makeWasmOperations } from "./wasm-operations";

let wasm: Backend | null = null;

/** Throws UserError "backend-unavailable". The heap is one per process: it is opened once. */
export async function openWasm(): Promise<Backend> {
  try {
    wasm ??= await start();
    await tf.setBackend("wasm");
    return wasm;
  } catch (error) {
    throw new UserError(
      "backend-unavailable",
      `The wasm backend did not start: ${(error as Error).message}.`,
      "Use launch.backend cpu, which is far slower.",
      { cause: error },
    );
  }
}

async function start(): Promise<Backend> {
  const folder = path.join(__DIST__, "wasm");
  const heap = await Heap.open(folder);
  const variant = chooseVariant(folder);
  const kernels = loadKernels(folder, variant, heap.memory);
  return {
    name: "wasm",
    detail: variant === "relaxed" ? "own wasm kernels, relaxed SIMD" : "own wasm kernels, SIMD",
    threads: 1,
    operations: makeWasmOperations({ heap, kernels }),
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: heap.bytes }),
  };
}
