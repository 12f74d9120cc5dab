import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { dropoutThreshold } from "../dropout-mask";
import type { Dropout, Operations } from "../operations";
import type { Kit } from "./kit";
import { timesTransposedWeight, timesWeight } from "./weight-products";

/**
 * With x' = dropout(x) and u = scale * x' A^T [N, rank]:  y = x W^T + u B^T,  dB = dy^T u,  du = scale * dy B,
 * dA = du^T x',  dx = dy W + dropout(du A). W [out, in] is frozen.
 */
export function makeAdaptedLinear(kit: Kit): Operations["adaptedLinear"] {
  const { heap, kernels, multiply } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);

  /** out = x where dropout keeps it, or out + that. */
  const drop = (x: number, out: number, count: number, { rate, key }: Dropout, accumulate: 0 | 1) =>
    kernels.dropout(x, out, count, key, dropoutThreshold(rate), 1 / (1 - rate), accumulate);

  const multiplyInPlace = (values: tf.Tensor, factor: number) =>
    kernels.scale(at(values), at(values), values.size, factor);

  /** x' for the time of one operation: x itself when nothing is dropped. */
  const dropped = (x: tf.Tensor, dropout: Dropout | null) => {
    if (dropout === null) return { address: at(x), dispose() {} };
    const copy = heap.allocate(x.shape);
    drop(at(x), at(copy), x.size, dropout, 0);
    return { address: at(copy), dispose: () => copy.dispose() };
  };

  return (x, weight, { down, up, scale, dropout }, few = false) => {
    const [N, input] = x.shape;
    const [out] = weight.shape;
    const [rank] = down.shape;
    return differentiable<tf.Tensor2D>(
      [x, down, up],
      () => {
        const u = heap.allocate([N, rank]);
        const kept = dropped(x, dropout);
        multiply(N, rank, input, kept.address, input, 1, at(down), 1, input, at(u), rank, 0);
        kept.dispose();
        multiplyInPlace(u, scale);
        const y = timesTransposedWeight(kit, x, weight, few);
        multiply(N, out, rank, at(u), rank, 1, at(up), 1, rank, at(y), out, 1);
        return { value: y, saved: [x, u, down, up] };
      },
      (dy, [x, u, down, up]) => {
        const dUp = heap.allocate([out, rank]);
        multiply(out, rank, N, at(dy), 1, out, at(u!), rank, 1, at(dUp), rank, 0);
        const du = heap.allocate([N, rank]);
        multiply(N, rank, out, at(dy), out, 1, at(up!), rank, 1, at(du), rank, 0);
        multiplyInPlace(du, scale);
        const dDown = heap.allocate([rank, input]);
        const kept = dropped(x!, dropout);
        multiply(rank, input, N, at(du), 1, rank, kept.address, input, 1, at(dDown), input, 0);
        kept.dispose();
        const dx = timesWeight(kit, dy, weight, input);
        if (dropout === null)
          multiply(N, input, rank, at(du), rank, 1, at(down!), input, 1, at(dx), input, 1);
        else {
          const dKept = heap.allocate([N, input]);
          multiply(N, input, rank, at(du), rank, 1, at(down!), input, 1, at(dKept), input, 0);
          drop(at(dKept), at(dx), dx.size, dropout, 1);
          dKept.dispose();
        }
        du.dispose();
        return [dx, dDown, dUp];
      },
    );
  };
}
