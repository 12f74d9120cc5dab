/** Matrix multiplication on the heap, by whoever does it fastest here. */
import type { Blas } from "../blas/blas";
import type { KernelInstance } from "./kernels";

/**
 * C [M, N] = A [M, K] * B [K, N], added to C when `accumulate` is 1. A, B and C are byte addresses on the heap; strides count
 * floats: `rowA` from one row of A to the next, `columnA` from one column to the next. The columns of C are adjacent. C does
 * not overlap A or B.
 */
export type Multiply = KernelInstance["gemm"];

/** Below so many multiplications, calling the library costs more than it saves. */
const FEWEST_PRODUCTS = 1 << 12;

/** By the system's BLAS, and by `own` what is too small to pay or has strides that BLAS cannot express. */
export function multiplyByBlas(blas: Blas, memory: WebAssembly.Memory, own: Multiply): Multiply {
  let buffer: ArrayBufferLike | null = null;
  let base = 0;
  /** The heap's address in the process; growing the heap may replace its buffer. */
  const heapAddress = () => {
    if (memory.buffer !== buffer) {
      buffer = memory.buffer;
      base = blas.addressOf(buffer);
    }
    return base;
  };
  return (M, N, K, A, rowA, columnA, B, rowB, columnB, C, rowC, accumulate) => {
    const a = orientation(M, K, rowA, columnA);
    const b = orientation(K, N, rowB, columnB);
    if (M * N * K < FEWEST_PRODUCTS || !a || !b || rowC < N) {
      own(M, N, K, A, rowA, columnA, B, rowB, columnB, C, rowC, accumulate);
      return;
    }
    const heap = heapAddress();
    blas.sgemm(
      ...[a.transposed, b.transposed, M, N, K],
      ...[heap + (A >>> 0), a.leading, heap + (B >>> 0), b.leading],
      ...[accumulate, heap + (C >>> 0), rowC],
    );
  };
}

/** How BLAS sees a matrix: stored row by row, or column by column ("transposed"); null when neither. */
function orientation(
  rows: number,
  columns: number,
  row: number,
  column: number,
): { transposed: boolean; leading: number } | null {
  if (column === 1 && row >= columns) return { transposed: false, leading: row };
  if (row === 1 && column >= rows) return { transposed: true, leading: column };
  return null;
}
