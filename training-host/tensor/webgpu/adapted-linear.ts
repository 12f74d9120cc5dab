/** A linear layer with a low-rank adapter, whose dropout is drawn on the GPU. */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { dropoutThreshold } from "../dropout-mask";
import type { Dropout, Operations } from "../operations";
import { compute, type Shader } from "./program";

export const adaptedLinear: Operations["adaptedLinear"] = (x, weight, adapter) => {
  const { down, up, scale, dropout } = adapter;
  const input = dropout ? drop(x, dropout) : x;
  const product = tf.matMul<tf.Tensor2D>(tf.matMul(input, down, false, true), up, false, true);
  return tf.add(tf.matMul(x, weight, false, true), tf.mul(product, scale));
};

/** Keeps the entries that `dropoutMask` keeps, forward and backward. */
const dropped: Shader = {
  name: "dropped",
  inputs: ["x"],
  integers: ["key", "threshold"],
  numbers: ["scale"],
  functions: `
    fn mix(word : u32) -> u32 {
      var mixed = (word ^ (word >> 16u)) * 0x7feb352du;
      mixed = (mixed ^ (mixed >> 15u)) * 0x846ca68bu;
      return mixed ^ (mixed >> 16u);
    }`,
  code: `
    let key = bitcast<u32>(uniforms.key);
    let word = mix(mix(u32(index) + key) ^ key);
    result[index] = select(0.0, uniforms.scale * x[index], word >= bitcast<u32>(uniforms.threshold));`,
};

function drop(x: tf.Tensor2D, { rate, key }: Dropout): tf.Tensor2D {
  const apply = (tensor: tf.Tensor) =>
    compute<tf.Tensor2D>(dropped, tensor.shape, "float32", {
      inputs: [tensor],
      threads: tensor.size,
      integers: [key | 0, dropoutThreshold(rate) | 0],
      numbers: [1 / (1 - rate)],
    });
  return differentiable(
    [x],
    () => ({ value: apply(x), saved: [] }),
    (dy) => [apply(dy)],
  );
}
