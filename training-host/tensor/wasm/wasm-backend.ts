/** Our own kernels on the heap of the TensorFlow.js wasm backend, with or without the system's BLAS. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { type Blas, openBlas } from "../blas/blas";
import { Heap } from "./heap";
import { chooseVariant, type Kernels, type KernelVariant, loadKernels } from "./kernels";
import { type Multiply, multiplyByBlas } from "./multiply";
import { makeWasmOperations } from "./wasm-operations";

export interface WasmOptions {
  /** Multiply matrices with the system's BLAS. */
  blas: boolean;
}

interface Engine {
  heap: Heap;
  kernels: Kernels;
  variant: KernelVariant;
}

let engine: Engine | null = null;
const opened = new Map<string, Backend>();

/**
 * Throws UserError "backend-unavailable". The heap is one per process: backends with and without BLAS share it.
 */
export async function openWasm({ blas }: WasmOptions): Promise<Backend> {
  const name = blas ? "wasm-blas" : "wasm";
  const library = blas && !opened.has(name) ? openBlas() : null;
  engine ??= await startEngine();
  await tf.setBackend("wasm");
  const backend = opened.get(name) ?? makeBackend(engine, library);
  opened.set(name, backend);
  return backend;
}

async function startEngine(): Promise<Engine> {
  try {
    const folder = path.join(__DIST__, "wasm");
    const heap = await Heap.open(folder);
    const variant = chooseVariant(folder);
    const kernels = loadKernels(folder, variant, heap.memory);
    return { heap, kernels, variant };
  } catch (error) {
    throw new UserError(
      "backend-unavailable",
      `The wasm backend did not start: ${(error as Error).message}.`,
      "Use launch.backend cpu, which is far slower.",
      { cause: error },
    );
  }
}

function makeBackend({ heap, kernels, variant }: Engine, blas: Blas | null): Backend {
  const multiply: Multiply = blas ? multiplyByBlas(blas, heap.memory, kernels.gemm) : kernels.gemm;
  const own = variant === "relaxed" ? "own wasm kernels, relaxed SIMD" : "own wasm kernels, SIMD";
  return {
    name: blas ? "wasm-blas" : "wasm",
    detail: blas ? `${own}; ${blas.detail}` : own,
    threads: 1,
    operations: makeWasmOperations({ heap, kernels, multiply }),
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: heap.bytes }),
  };
}
