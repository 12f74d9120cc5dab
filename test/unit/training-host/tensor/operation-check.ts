/** Holds an operation of the table on one backend, forward and backward, against the same on another. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { Random } from "../../../../training-host/random";
import type { Operations } from "../../../../training-host/tensor/operations";
import { largestDifference, largestMagnitude } from "../reference";

export const TOLERANCE = 1e-5;

export interface Input {
  shape: number[];
  values: Float32Array;
}

export function normal(random: Random, ...shape: number[]): Input {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, values: Float32Array.from({ length: size }, () => random.normal()) };
}

export function startsOf(lengths: readonly number[]): Int32Array {
  let row = 0;
  return Int32Array.of(0, ...lengths.map((length) => (row += length)));
}

export type Differentiated = (...tensors: tf.Tensor[]) => tf.Tensor;
/** Takes an operation from the table and makes the tensors that are not differentiated, on the current backend. */
export type Choose = (operations: Operations) => Differentiated;

/** The linear layer, of which the tests look at x and the weight. */
export const linearLayer: Choose =
  ({ linear }) =>
  (x, weight) =>
    linear(x as tf.Tensor2D, weight as tf.Tensor2D);

/** Value and gradients on the current backend, for an upstream gradient that is different everywhere. */
export async function evaluate(
  operations: Operations,
  inputs: readonly Input[],
  choose: Choose,
): Promise<Float32Array[]> {
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const operation = choose(operations);
    const tensors = inputs.map(({ values, shape }) => tf.tensor(values.slice(), shape));
    const value = operation(...tensors);
    const upstream = tf.tensor(normal(new Random(9), value.size).values, value.shape);
    return [value, ...tf.grads((...xs) => operation(...xs))(tensors, upstream)];
  });
  const values = await Promise.all(results.map((tensor) => tensor.data<"float32">()));
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

export function expectClose(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
  title: string,
): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, values] of actual.entries()) {
    // A gradient that vanishes (a row that attends to itself alone) is held to the size of the inputs, about 1.
    const scale = Math.max(0.1, largestMagnitude(expected[index]!));
    const what = `${title}, ${index === 0 ? "value" : `gradient ${index}`}`;
    expect(largestDifference(values, expected[index]!) / scale, what).toBeLessThanOrEqual(TOLERANCE);
  }
}
