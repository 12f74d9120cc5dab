import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";
import { weightAddress } from "./weight-address";

/** y = x W^T, dx = dy W, dW = dy^T x; x [N, in], W [out, in]. For a frozen W neither dW is computed nor x kept. */
export function makeLinear(kit: Kit): Operations["linear"] {
  const { heap, multiply } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (x, weight) => {
    const [N, input] = x.shape;
    const [out] = weight.shape;
    const frozen = isFrozen(weight);
    return differentiable<tf.Tensor2D>(
      frozen ? [x] : [x, weight],
      () => {
        const y = heap.allocate<tf.Tensor2D>([N, out]);
        multiply(N, out, input, at(x), input, 1, weightAddress(kit, weight, input), 1, input, at(y), out, 0);
        return { value: y, saved: frozen ? [] : [x] };
      },
      (dy, [x]) => {
        const dx = heap.allocate([N, input]);
        multiply(
          N,
          input,
          out,
          at(dy),
          out,
          1,
          weightAddress(kit, weight, input),
          input,
          1,
          at(dx),
          input,
          0,
        );
        if (!x) return [dx];
        const dWeight = heap.allocate([out, input]);
        multiply(out, input, N, at(dy), 1, out, at(x), input, 1, at(dWeight), input, 0);
        return [dx, dWeight];
      },
    );
  };
}
