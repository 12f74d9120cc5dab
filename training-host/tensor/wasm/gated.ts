import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeSwiglu({ heap, kernels }: Kit): Operations["swiglu"] {
  return gated(heap, kernels.swigluForward, kernels.swigluBackward);
}

export function makeGeglu({ heap, kernels }: Kit): Operations["geglu"] {
  return gated(heap, kernels.gegluForward, kernels.gegluBackward);
}

function gated(
  heap: Kit["heap"],
  forward: Kit["kernels"]["swigluForward"],
  backward: Kit["kernels"]["swigluBackward"],
): (gate: tf.Tensor2D, up: tf.Tensor2D) => tf.Tensor2D {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (gate, up) => {
    const { shape, size } = gate;
    return differentiable<tf.Tensor2D>(
      [gate, up],
      () => {
        const y = heap.allocate<tf.Tensor2D>(shape);
        forward(at(gate), at(up), at(y), size);
        return { value: y, saved: [gate, up] };
      },
      (dy, [gate, up]) => {
        const dGate = heap.allocate(shape);
        const dUp = heap.allocate(shape);
        backward(at(dy), at(gate!), at(up!), at(dGate), at(dUp), size);
        return [dGate, dUp];
      },
    );
  };
}
