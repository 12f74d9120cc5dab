import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeScale({ heap, kernels }: Kit): Operations["scale"] {
  return (x, factor) => {
    const multiply = (from: tf.Tensor) => {
      const to = heap.allocate<tf.Tensor2D>(from.shape);
      kernels.scale(heap.addressOf(from), heap.addressOf(to), from.size, factor);
      return to;
    };
    return differentiable<tf.Tensor2D>(
      [x],
      () => ({ value: multiply(x), saved: [] }),
      (dy) => [multiply(dy)],
    );
  };
}
