import type * as tf from "@tensorflow/tfjs-core";
import type { Kit } from "./kit";

/**
 * Where a weight [out, in] of a linear layer lies as float32, for the time of one operation. One that is kept as bfloat16 is
 * widened beside it, which takes 0.1 to 0.6 ns per weight: 0.3 to 4 % of a multiplication by 1024 rows, and up to a quarter of
 * one by BLAS where a pass has 128 rows only.
 */
export function weightAddress({ heap, kernels }: Kit, weight: tf.Tensor, input: number): number {
  const address = heap.addressOf(weight);
  if (weight.dtype !== "int32") return address;
  const count = weight.shape[0]! * input;
  const floats = heap.workspace(4 * count);
  kernels.widenBfloat16(address, floats, count);
  return floats;
}
