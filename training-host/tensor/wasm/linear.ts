import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";
import { timesTransposedWeight, timesWeight } from "./weight-products";

/** y = x W^T, dx = dy W, dW = dy^T x; x [N, in], W [out, in]. For a frozen W neither dW is computed nor x kept. */
export function makeLinear(kit: Kit): Operations["linear"] {
  const { heap, multiply } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (x, weight, few = false) => {
    const [N, input] = x.shape;
    const [out] = weight.shape;
    const frozen = isFrozen(weight);
    return differentiable<tf.Tensor2D>(
      frozen ? [x] : [x, weight],
      () => ({ value: timesTransposedWeight(kit, x, weight, few), saved: frozen ? [] : [x] }),
      (dy, [x]) => {
        const dx = timesWeight(kit, dy, weight, input);
        if (!x) return [dx];
        const dWeight = heap.allocate([out, input]);
        multiply(out, input, N, at(dy), 1, out, at(x), input, 1, at(dWeight), input, 0);
        return [dx, dWeight];
      },
    );
  };
}
