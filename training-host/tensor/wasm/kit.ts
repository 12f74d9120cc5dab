/** What every operation on our own kernels is made with. */
import type { Blas } from "../blas/blas";
import type { Heap } from "./heap";
import { compileKernels, instantiateKernels, type KernelVariant } from "./kernels";
import type { Multiply } from "./multiply";
import { ThreadPool } from "./thread-pool";
import { type Kernels, makeThreadedKernels, makeThreadedMultiply } from "./threaded-kernels";

export interface Kit {
  heap: Heap;
  kernels: Kernels;
  multiply: Multiply;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

export interface KitOptions {
  /** Of the compiled kernels. */
  folder: string;
  variant: KernelVariant;
  /** Multiplies matrices in place of our own kernel. */
  blas: Blas | null;
  /** The calling one included. */
  threads: number;
}

/** Kernels on `heap`, with an instance for each thread. */
export async function openKit(heap: Heap, { folder, variant, blas, threads }: KitOptions): Promise<Kit> {
  const module = compileKernels(folder, variant);
  const reserve = (bytes: number) => heap.reserve(bytes);
  const { kernels, multiply } = instantiateKernels(module, heap.memory, reserve, blas);
  const main = { kernels, multiply, thread: 0 };
  const pool = await ThreadPool.open(threads, main, heap, { module, blasFile: blas?.file ?? null });
  return {
    heap,
    kernels: makeThreadedKernels(pool, heap, kernels),
    multiply: makeThreadedMultiply(pool, blas !== null),
    close: () => pool.close(),
  };
}
