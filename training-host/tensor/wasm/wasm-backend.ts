/** Our own kernels on threads that share a heap, with or without the system's BLAS. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { type Blas, openBlas } from "../blas/blas";
import { Heap } from "./heap";
import { chooseVariant } from "./kernels";
import { openKit } from "./kit";
import { makeLoad } from "./load-numbers";
import { makeWasmOperations } from "./wasm-operations";

export interface WasmOptions {
  /** Multiply matrices with the system's BLAS. */
  blas: boolean;
  /** Threads that compute, the calling one included. */
  threads: number;
}

let library: Blas | null = null;
const opened = new Map<string, Backend>();

/**
 * Throws UserError "backend-unavailable". The heap is one per process: all backends that are opened share it, with or without
 * BLAS and with any number of threads, and each keeps its threads.
 */
export async function openWasm({ blas, threads }: WasmOptions): Promise<Backend> {
  if (blas) library ??= openBlas();
  const key = `${blas} ${threads}`;
  try {
    const heap = await Heap.open();
    const backend = opened.get(key) ?? (await makeBackend(heap, blas ? library : null, threads));
    opened.set(key, backend);
    return backend;
  } catch (error) {
    throw new UserError(
      "backend-unavailable",
      `The wasm backend did not start: ${(error as Error).message}.`,
      "Use launch.backend cpu, which is far slower.",
      { cause: error },
    );
  }
}

async function makeBackend(heap: Heap, blas: Blas | null, threads: number): Promise<Backend> {
  const folder = path.join(__DIST__, "wasm");
  const variant = chooseVariant(folder);
  const kit = await openKit(heap, { folder, variant, blas, threads });
  heap.backend.sum = kit.kernels.add;
  const own = variant === "relaxed" ? "own wasm kernels, relaxed SIMD" : "own wasm kernels, SIMD";
  return {
    name: blas ? "wasm-blas" : "wasm",
    detail: blas ? `${own}; ${blas.detail}` : own,
    threads,
    operations: makeWasmOperations(kit),
    load: makeLoad(kit),
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: heap.bytes }),
  };
}
