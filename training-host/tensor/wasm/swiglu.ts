import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeSwiglu({ heap, kernels }: Kit): Operations["swiglu"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (gate, up) => {
    const { shape, size } = gate;
    return differentiable<tf.Tensor2D>(
      [gate, up],
      () => {
        const y = heap.allocate<tf.Tensor2D>(shape);
        kernels.swigluForward(at(gate), at(up), at(y), size);
        return { value: y, saved: [gate, up] };
      },
      (dy, [gate, up]) => {
        const dGate = heap.allocate(shape);
        const dUp = heap.allocate(shape);
        kernels.swigluBackward(at(dy), at(gate!), at(up!), at(dGate), at(dUp), size);
        return [dGate, dUp];
      },
    );
  };
}
