import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

/** The gradient of x is that of the sum; the bias's is its sum over the rows. */
export function makeAddBias({ heap, kernels }: Kit): Operations["addBias"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (x, bias) => {
    const [N, D] = x.shape;
    const frozen = isFrozen(bias);
    return differentiable<tf.Tensor2D>(
      frozen ? [x] : [x, bias],
      () => {
        const sum = heap.allocate<tf.Tensor2D>([N, D]);
        kernels.addBias(at(x), at(bias), at(sum), N, D);
        return { value: sum, saved: [] };
      },
      (dSum) => {
        const dx = dSum.clone();
        if (frozen) return [dx];
        const dBias = heap.allocate([D]);
        kernels.sumRows(at(dSum), at(dBias), N, D);
        return [dx, dBias];
      },
    );
  };
}
