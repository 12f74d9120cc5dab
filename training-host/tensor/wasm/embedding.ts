import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeEmbed({ heap, kernels }: Kit): Operations["embed"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (table, ids) => {
    const [N] = ids.shape;
    const [V, D] = table.shape;
    const gather = () => {
      const rows = heap.allocate<tf.Tensor2D>([N, D]);
      kernels.gatherRows(at(table), at(ids), at(rows), N, D);
      return rows;
    };
    if (isFrozen(table)) return gather();
    return differentiable<tf.Tensor2D>(
      [table],
      () => ({ value: gather(), saved: [] }),
      (dRows) => {
        const dTable = heap.allocate([V, D]);
        kernels.fillZero(at(dTable), V * D);
        kernels.scatterAddRows(at(dRows), at(ids), at(dTable), N, D);
        return [dTable];
      },
    );
  };
}
