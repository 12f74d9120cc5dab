/** Products with the weight [out, in] of a linear layer, which may be kept as bfloat16. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Kit } from "./kit";

/**
 * Where a weight lies as float32, for the time of one operation. One that is kept as bfloat16 is
 * widened beside it, which takes 0.1 to 0.6 ns per weight: 0.3 to 4 % of a multiplication by 1024 rows, and up to a quarter of
 * one by BLAS where a pass has 128 rows only.
 */
function weightAddress({ heap, kernels }: Kit, weight: tf.Tensor, input: number): number {
  const address = heap.addressOf(weight);
  if (weight.dtype !== "int32") return address;
  const count = weight.shape[0]! * input;
  const floats = heap.workspace(4 * count);
  kernels.widenBfloat16(address, floats, count);
  return floats;
}

/**
 * Rows up to which reading the weight where it lies beats packing it. For one row it takes half the time of BLAS or of our tiles,
 * for eight as long as BLAS.
 */
const FEW_ROWS = 8;

/** x W^T: [N, out]. `few`: a row's last digits may depend on N, where that is quicker. */
export function timesTransposedWeight(
  kit: Kit,
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  few: boolean,
): tf.Tensor2D {
  const { heap, kernels, multiply } = kit;
  const [N, input] = x.shape;
  const [out] = weight.shape;
  const y = heap.allocate<tf.Tensor2D>([N, out]);
  if (few && N <= FEW_ROWS) {
    const addresses = [heap.addressOf(x), heap.addressOf(weight), heap.addressOf(y)] as const;
    kernels.fewRowsTimesTransposed(...addresses, N, input, out, weight.dtype === "int32" ? 1 : 0);
    return y;
  }
  const W = weightAddress(kit, weight, input);
  multiply(N, out, input, heap.addressOf(x), input, 1, W, 1, input, heap.addressOf(y), out, 0);
  return y;
}

/** dy W: [N, input], the layer's input size; a weight kept as bfloat16 has other columns, of two numbers each. */
export function timesWeight(kit: Kit, dy: tf.Tensor, weight: tf.Tensor2D, input: number): tf.Tensor2D {
  const { heap, multiply } = kit;
  const [N] = dy.shape as [number];
  const [out] = weight.shape;
  const dx = heap.allocate<tf.Tensor2D>([N, input]);
  const W = weightAddress(kit, weight, input);
  multiply(N, input, out, heap.addressOf(dy), out, 1, W, input, 1, heap.addressOf(dx), input, 0);
  return dx;
}
