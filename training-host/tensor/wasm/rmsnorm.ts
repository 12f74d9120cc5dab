import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeRmsNorm({ heap, kernels }: Kit): Operations["rmsNorm"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (x, weight, epsilon, offset = 0) => {
    const [N, D] = x.shape;
    return differentiable<tf.Tensor2D>(
      isFrozen(weight) ? [x] : [x, weight],
      () => {
        const y = heap.allocate<tf.Tensor2D>([N, D]);
        const inverseRms = heap.allocate([N]);
        kernels.rmsNormForward(at(x), at(weight), at(y), at(inverseRms), N, D, epsilon, offset);
        return { value: y, saved: [x, weight, inverseRms] };
      },
      (dy, [x, , inverseRms]) => {
        const dx = heap.allocate([N, D]);
        kernels.rmsNormBackwardInput(at(dy), at(x!), at(weight), at(inverseRms!), at(dx), N, D, offset);
        if (isFrozen(weight)) return [dx];
        const dWeight = heap.allocate([D]);
        kernels.rmsNormBackwardWeight(at(dy), at(x!), at(inverseRms!), at(dWeight), N, D);
        return [dx, dWeight];
      },
    );
  };
}
