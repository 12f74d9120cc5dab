/** SwiGLU and GEGLU in one shader each, and one for each gradient. */
import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { ANGLE_SCALE, CUBIC_SHARE } from "../gelu";
import type { Operations } from "../operations";
import { compute, type Shader } from "./program";

/** z sigmoid(angle(z)), the angle and its slope as WGSL in z. */
function gated(name: string, angle: string, slope: string): Operations["swiglu"] {
  /** Never e^x of a large x, which is no float. */
  const functions = `
  fn open(z : f32) -> f32 {
    let angle = ${angle};
    let small = exp(-abs(angle));
    return select(small, 1.0, angle >= 0.0) / (1.0 + small);
  }`;
  const forward: Shader = {
    name,
    inputs: ["gate", "up"],
    functions,
    code: "result[index] = gate[index] * open(gate[index]) * up[index];",
  };
  const byGate: Shader = {
    name: `${name}ByGate`,
    inputs: ["dy", "gate", "up"],
    functions,
    code: `
    let z = gate[index];
    let share = open(z);
    result[index] = dy[index] * up[index] * share * (1.0 + z * (1.0 - share) * (${slope}));`,
  };
  const byUp: Shader = {
    name: `${name}ByUp`,
    inputs: ["dy", "gate"],
    functions,
    code: "result[index] = dy[index] * gate[index] * open(gate[index]);",
  };
  return (gate, up) =>
    differentiable<tf.Tensor2D>(
      [gate, up],
      () => ({ value: elementwise(forward, [gate, up]), saved: [gate, up] }),
      (dy, [gate, up]) => [elementwise(byGate, [dy, gate!, up!]), elementwise(byUp, [dy, gate!])],
    );
}

export const swiglu = gated("swiglu", "z", "1.0");

const cubic = ANGLE_SCALE * CUBIC_SHARE;
export const geglu = gated(
  "geglu",
  `z * (${ANGLE_SCALE} + ${cubic} * z * z)`,
  `${ANGLE_SCALE} + ${3 * cubic} * z * z`,
);

function elementwise(shader: Shader, inputs: readonly tf.Tensor[]): tf.Tensor2D {
  const { shape, size } = inputs[0]!;
  return compute(shader, shape, "float32", { inputs, threads: size });
}
