/** Rotary position embeddings in one shader; the gradient turns back. */
import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import { compute, type Shader } from "./program";

export const rope: Operations["rope"] = (x, { cosines, sines }, positions) =>
  differentiable<tf.Tensor2D>(
    [x],
    () => ({ value: rotate(x, [cosines, sines, positions], 1), saved: [cosines, sines, positions] }),
    (dy, tables) => [rotate(dy, tables, -1)],
  );

/** Half-split layout: the partner of a head's column i is column i + half. */
const rotated: Shader = {
  name: "rotated",
  inputs: ["x", "cosines", "sines", "positions"],
  numbers: ["direction"],
  code: `
    let half = uniforms.cosinesShape.y;
    let row = index / uniforms.outShape.y;
    let column = index % (2 * half);
    let second = column >= half;
    let angle = positions[row] * half + column % half;
    let partner = select(-x[index + half], x[index - half], second);
    result[index] = x[index] * cosines[angle] + uniforms.direction * partner * sines[angle];`,
};

/** `direction` is 1 or -1. */
function rotate(x: tf.Tensor, tables: readonly tf.Tensor[], direction: number): tf.Tensor2D {
  return compute(rotated, x.shape, "float32", {
    inputs: [x, ...tables],
    threads: x.size,
    numbers: [direction],
  });
}
