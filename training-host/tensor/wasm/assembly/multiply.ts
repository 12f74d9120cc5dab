/** Matrix multiplication inside of other kernels: by `gemm`, or by a function outside of this module that is faster. */
import { gemm } from "./gemm";

// @ts-ignore: decorator
@external("env", "multiply")
declare function multiplyOutside(
  M: i32, N: i32, K: i32,
  A: usize, rowA: i32, columnA: i32,
  B: usize, rowB: i32, columnB: i32,
  C: usize, rowC: i32,
  accumulate: i32,
): void;

let outside = false;

/** From now on with the imported `multiply`, which takes the arguments of `gemm`. */
export function useMultiplyOutside(): void {
  outside = true;
}

export function multiply(
  M: i32, N: i32, K: i32,
  A: usize, rowA: i32, columnA: i32,
  B: usize, rowB: i32, columnB: i32,
  C: usize, rowC: i32,
  accumulate: bool,
): void {
  if (outside) multiplyOutside(M, N, K, A, rowA, columnA, B, rowB, columnB, C, rowC, <i32>accumulate);
  else gemm(M, N, K, A, rowA, columnA, B, rowB, columnB, C, rowC, accumulate);
}
