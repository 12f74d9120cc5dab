/**
 * Rows of a table, and a gradient that adds up repeated rows in the order in which they occur. TensorFlow.js's own
 * (UnsortedSegmentSum) adds them with atomics, in any order.
 */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import { compute, computeInto, type Shader } from "./program";

export const embed: Operations["embed"] = (table, ids) =>
  differentiable<tf.Tensor2D>(
    [table],
    () => ({ value: tf.gather(table, ids), saved: [ids] }),
    (dy, [ids]) => [sumRows(dy as tf.Tensor2D, ids as tf.Tensor1D, table.shape)],
  );

/** `result[i]`: the next place after i with the same id (their number if there is none); inverted if i is not the first. */
const link: Shader = {
  name: "link",
  inputs: ["ids"],
  code: `
    let id = ids[index];
    var next = index + 1;
    while (next < uniforms.threads && ids[next] != id) { next++; }
    var before = index - 1;
    while (before >= 0 && ids[before] != id) { before--; }
    result[index] = select(next, ~next, before >= 0);`,
};

/** One thread per entry of `terms`; those of an id's first row follow the links. */
const sumLinked: Shader = {
  name: "sumLinked",
  inputs: ["terms", "ids", "links"],
  code: `
    let width = uniforms.outShape.y;
    let row = index / width;
    let column = index - row * width;
    var next = links[row];
    if (next >= 0) {
      var sum = terms[index];
      while (next < uniforms.idsShape) {
        sum += terms[next * width + column];
        next = ~links[next];
      }
      result[ids[row] * width + column] = sum;
    }`,
};

/** [rows, D]: row r is the sum of those rows i of `terms` [N, D] with ids[i] = r. */
function sumRows(terms: tf.Tensor2D, ids: tf.Tensor1D, shape: [number, number]): tf.Tensor2D {
  const sums = tf.fill<tf.Rank.R2>(shape, 0);
  const links = compute(link, ids.shape, "int32", { inputs: [ids], threads: ids.size });
  computeInto(sums, sumLinked, { inputs: [terms, ids, links], threads: terms.size });
  links.dispose();
  return sums;
}
