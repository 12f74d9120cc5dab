/** SwiGLU in one shader, and one for each gradient. */
import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import { compute, type Shader } from "./program";

export const swiglu: Operations["swiglu"] = (gate, up) =>
  differentiable<tf.Tensor2D>(
    [gate, up],
    () => ({ value: elementwise(forward, [gate, up]), saved: [gate, up] }),
    (dy, [gate, up]) => [elementwise(byGate, [dy, gate!, up!]), elementwise(byUp, [dy, gate!])],
  );

/** Never e^x of a large x, which is no float. */
const functions = `
  fn sigmoid(x : f32) -> f32 {
    let small = exp(-abs(x));
    return select(small, 1.0, x >= 0.0) / (1.0 + small);
  }`;

const forward: Shader = {
  name: "swiglu",
  inputs: ["gate", "up"],
  functions,
  code: "result[index] = gate[index] * sigmoid(gate[index]) * up[index];",
};

const byGate: Shader = {
  name: "swigluByGate",
  inputs: ["dy", "gate", "up"],
  functions,
  code: `
    let open = sigmoid(gate[index]);
    result[index] = dy[index] * up[index] * open * (1.0 + gate[index] * (1.0 - open));`,
};

const byUp: Shader = {
  name: "swigluByUp",
  inputs: ["dy", "gate"],
  functions,
  code: "result[index] = dy[index] * gate[index] * sigmoid(gate[index]);",
};

function elementwise(shader: Shader, inputs: readonly tf.Tensor[]): tf.Tensor2D {
  const { shape, size } = inputs[0]!;
  return compute(shader, shape, "float32", { inputs, threads: size });
}
