import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeRope({ heap, kernels }: Kit): Operations["rope"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (x, table, positions) => {
    const half = table.cosines.shape[1];
    const heads = x.shape[1] / (2 * half);
    const turn = (from: tf.Tensor, sign: 1 | -1) => {
      const to = heap.allocate<tf.Tensor2D>(from.shape);
      const { cosines, sines } = table;
      kernels.rope(at(from), at(to), at(cosines), at(sines), at(positions), x.shape[0], heads, half, sign);
      return to;
    };
    return differentiable<tf.Tensor2D>(
      [x],
      () => ({ value: turn(x, 1), saved: [] }),
      (dy) => [turn(dy, -1)],
    );
  };
}
