import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeAdd({ heap, kernels }: Kit): Operations["add"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (a, b) =>
    differentiable<tf.Tensor2D>(
      [a, b],
      () => {
        const sum = heap.allocate<tf.Tensor2D>(a.shape);
        kernels.add(at(a), at(b), at(sum), a.size);
        return { value: sum, saved: [] };
      },
      // Two tensors on the same data: the tape may dispose of either.
      (dSum) => [dSum.clone(), dSum.clone()],
    );
}
