/** RMSNorm with one workgroup per row, whose threads add up its entries in a fixed order. */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import { compute, type Shader, WORKGROUP } from "./program";

export const rmsNorm: Operations["rmsNorm"] = (x, weight, epsilon, offset = 0) => {
  const [rows, width] = x.shape;
  const perRow = { threads: rows * WORKGROUP, numbers: [epsilon, offset] };
  const frozen = isFrozen(weight);
  return differentiable<tf.Tensor2D>(
    frozen ? [x] : [x, weight],
    () => ({
      value: compute(normalised, [rows, width], "float32", { inputs: [x, weight], ...perRow }),
      saved: [x, weight],
    }),
    (dy, [x, weight]) => {
      const byX = compute(normalisedByX, [rows, width], "float32", { inputs: [dy, x!, weight!], ...perRow });
      return frozen ? [byX] : [byX, byWeight(dy, x!, perRow)];
    },
  );
};

/** [width]: the sum over the rows of dy * x / rms(x). */
function byWeight(dy: tf.Tensor, x: tf.Tensor, perRow: { threads: number; numbers: number[] }): tf.Tensor1D {
  const [rows, width] = x.shape as [number, number];
  return tf.tidy(() => {
    const scales = compute(inverseRms, [rows], "float32", { inputs: [x], ...perRow });
    const parts = Math.ceil(rows / ROWS_PER_PART);
    const sums = compute(columnSums, [parts, width], "float32", {
      inputs: [dy, x, scales],
      threads: parts * width,
    });
    return compute<tf.Tensor1D>(addedParts, [width], "float32", {
      inputs: [sums],
      threads: width,
    });
  });
}

const functions = `
  var<workgroup> partial : array<f32, ${WORKGROUP}>;

  fn sumOverThreads(value : f32) -> f32 {
    partial[localIndex] = value;
    workgroupBarrier();
    for (var half = ${WORKGROUP / 2}u; half > 0u; half >>= 1u) {
      if (localIndex < half) { partial[localIndex] += partial[localIndex + half]; }
      workgroupBarrier();
    }
    return partial[0];
  }

  fn inverseRmsOf(first : i32, width : i32) -> f32 {
    var squares = 0.0;
    for (var column = i32(localIndex); column < width; column += ${WORKGROUP}) {
      squares += x[first + column] * x[first + column];
    }
    return inverseSqrt(sumOverThreads(squares) / f32(width) + uniforms.epsilon);
  }`;

const normalised: Shader = {
  name: "rmsNorm",
  inputs: ["x", "weight"],
  numbers: ["epsilon", "offset"],
  barriers: true,
  functions,
  code: `
    let width = uniforms.xShape.y;
    let first = index / ${WORKGROUP} * width;
    let scale = inverseRmsOf(first, width);
    if (index < uniforms.threads) {
      for (var column = i32(localIndex); column < width; column += ${WORKGROUP}) {
        result[first + column] = scale * x[first + column] * (weight[column] + uniforms.offset);
      }
    }`,
};

const normalisedByX: Shader = {
  name: "rmsNormByX",
  inputs: ["dy", "x", "weight"],
  numbers: ["epsilon", "offset"],
  barriers: true,
  functions,
  code: `
    let width = uniforms.xShape.y;
    let first = index / ${WORKGROUP} * width;
    let scale = inverseRmsOf(first, width);
    workgroupBarrier();
    var products = 0.0;
    for (var column = i32(localIndex); column < width; column += ${WORKGROUP}) {
      products += dy[first + column] * (weight[column] + uniforms.offset) * x[first + column];
    }
    let along = sumOverThreads(products) * scale * scale / f32(width);
    if (index < uniforms.threads) {
      for (var column = i32(localIndex); column < width; column += ${WORKGROUP}) {
        let place = first + column;
        let factor = weight[column] + uniforms.offset;
        result[place] = scale * (dy[place] * factor - along * x[place]);
      }
    }`,
};

const inverseRms: Shader = {
  name: "inverseRms",
  inputs: ["x"],
  numbers: ["epsilon", "offset"],
  barriers: true,
  functions,
  code: `
    let width = uniforms.xShape.y;
    let row = index / ${WORKGROUP};
    let scale = inverseRmsOf(row * width, width);
    if (index < uniforms.threads && localIndex == 0u) { result[row] = scale; }`,
};

const ROWS_PER_PART = 64;

/** One thread per column and 64 rows. */
const columnSums: Shader = {
  name: "columnSums",
  inputs: ["dy", "x", "scales"],
  code: `
    let width = uniforms.xShape.y;
    let column = index % width;
    let first = index / width * ${ROWS_PER_PART};
    var sum = 0.0;
    for (var row = first; row < min(first + ${ROWS_PER_PART}, uniforms.xShape.x); row++) {
      sum += dy[row * width + column] * x[row * width + column] * scales[row];
    }
    result[index] = sum;`,
};

const addedParts: Shader = {
  name: "addedParts",
  inputs: ["sums"],
  code: `
    var sum = 0.0;
    for (var part = 0; part < uniforms.sumsShape.x; part++) {
      sum += sums[part * uniforms.sumsShape.y + index];
    }
    result[index] = sum;`,
};
