/**
 * The operations in stock TensorFlow.js: the reference that our own kernels are held against, and what computes where
 * those cannot run. Gradients are TensorFlow.js's own.
 */
import * as tf from "@tensorflow/tfjs-core";
// The package's main entry registers no gradients.
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { dropoutMask } from "./dropout-mask";
import { ANGLE_SCALE, CUBIC_SHARE } from "./gelu";
import type { AdamWStep, Adapter, AttentionHeads, Operations, RotaryTable } from "./operations";
import { attentionWithPast, emptyPast } from "./stock/attention-with-past";

export const portableOperations: Operations = {
  bfloat16Weights: false,
  embed: (table, ids) => tf.gather(table, ids),
  linear: (x, weight) => tf.matMul(x, weight, false, true),
  adaptedLinear,
  addBias: (x, bias) => tf.add(x, bias),
  add: (a, b) => tf.add(a, b),
  scale: (x, factor) => tf.mul(x, factor),
  rmsNorm: (x, weight, epsilon, offset = 0) => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    const factors = offset === 0 ? weight : tf.add(weight, offset);
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), factors);
  },
  rope,
  attention,
  swiglu: (gate, up) => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up),
  geglu: (gate, up) => {
    const angle = tf.mul(tf.add(gate, tf.mul(tf.mul(tf.square(gate), gate), CUBIC_SHARE)), ANGLE_SCALE);
    return tf.mul(tf.mul(gate, tf.sigmoid(angle)), up);
  },
  headLoss: (hidden, head, labels, scale) => {
    const losses = crossEntropies(hidden, head, labels);
    return { total: tf.mul(tf.sum(losses), scale), losses };
  },
  targetLosses: (hidden, head, labels) => tf.tidy(() => crossEntropies(hidden, head, labels)),
  emptyPast,
  attentionWithPast,
  accumulate: (sum, term) => {
    const total = tf.add(sum, term);
    tf.dispose([sum, term]);
    return total;
  },
  sumOfSquares: async (tensors) => {
    const sums = tf.tidy(() => tf.stack(tensors.map((x) => tf.sum(tf.square(x)))));
    const values = await sums.data<"float32">();
    sums.dispose();
    return values.reduce((total, sum) => total + sum, 0);
  },
  adamw,
};

function adaptedLinear(x: tf.Tensor2D, weight: tf.Tensor2D, adapter: Adapter): tf.Tensor2D {
  const { down, up, scale, dropout } = adapter;
  const input = dropout ? tf.mul(x, tf.tensor2d(dropoutMask(x.size, dropout), x.shape)) : x;
  const product = tf.matMul<tf.Tensor2D>(tf.matMul(input, down, false, true), up, false, true);
  return tf.add(tf.matMul(x, weight, false, true), tf.mul(product, scale));
}

function rope(x: tf.Tensor2D, table: RotaryTable, positions: tf.Tensor1D): tf.Tensor2D {
  const [rows, columns] = x.shape;
  const half = table.cosines.shape[1];
  const heads = columns / (2 * half);
  const cosines = tf.expandDims(tf.gather(table.cosines, positions), 1); // [N, 1, half]
  const sines = tf.expandDims(tf.gather(table.sines, positions), 1);
  const [first, second] = tf.split(tf.reshape(x, [rows, heads, 2 * half]), 2, 2) as [tf.Tensor, tf.Tensor];
  const rotated = tf.concat(
    [
      tf.sub(tf.mul(first, cosines), tf.mul(second, sines)),
      tf.add(tf.mul(second, cosines), tf.mul(first, sines)),
    ],
    2,
  );
  return tf.reshape(rotated, [rows, columns]);
}

function attention(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  starts: Int32Array,
  heads: AttentionHeads,
): tf.Tensor2D {
  const sequences: tf.Tensor2D[] = [];
  for (let sequence = 0; sequence + 1 < starts.length; sequence++) {
    const first = starts[sequence]!;
    const length = starts[sequence + 1]! - first;
    if (length === 0) continue;
    const rows = (x: tf.Tensor2D) => tf.slice(x, [first, 0], [length, -1]);
    sequences.push(attendWithin(rows(q), rows(k), rows(v), heads));
  }
  return sequences.length === 1 ? sequences[0]! : tf.concat(sequences, 0);
}

/** Attention within one sequence of T rows: the query heads of a group are stacked over their key-value head. */
function attendWithin(q: tf.Tensor2D, k: tf.Tensor2D, v: tf.Tensor2D, heads: AttentionHeads): tf.Tensor2D {
  const T = q.shape[0];
  const { query, keyValue, size } = heads;
  const group = query / keyValue;
  const stack = (x: tf.Tensor2D, perGroup: number) =>
    tf.reshape(tf.transpose(tf.reshape(x, [T, keyValue * perGroup, size]), [1, 0, 2]), [
      keyValue,
      perGroup * T,
      size,
    ]);
  const scores = tf.mul(tf.matMul(stack(q, group), stack(k, 1), false, true), 1 / Math.sqrt(size));
  const probabilities = tf.softmax(tf.add(scores, causalMask(T, group))); // [keyValue, group * T, T]
  const mixed = tf.reshape(tf.matMul(probabilities, stack(v, 1)), [query, T, size]);
  return tf.reshape(tf.transpose(mixed, [1, 0, 2]), [T, query * size]);
}

/** 0 where a row may look and -1e9 after it: [group * T, T]. Finite, because infinities turn to NaN in gradients. */
function causalMask(T: number, group: number): tf.Tensor2D {
  const mask = new Float32Array(group * T * T);
  for (let row = 0; row < group * T; row++) mask.fill(-1e9, row * T + (row % T) + 1, (row + 1) * T);
  return tf.tensor2d(mask, [group * T, T]);
}

/** Bounds the memory of logits to a few megabytes. */
const LOGITS_AT_ONCE = 1 << 20;

function crossEntropies(hidden: tf.Tensor2D, head: tf.Tensor2D, labels: Int32Array): tf.Tensor1D {
  const [V, D] = head.shape;
  const most = Math.max(1, Math.floor(LOGITS_AT_ONCE / V));
  const blocks: tf.Tensor1D[] = [];
  for (let first = 0; first < labels.length; first += most) {
    const count = Math.min(most, labels.length - first);
    const rows = tf.slice(hidden, [first, 0], [count, D]);
    const chosen = tf.oneHot(tf.tensor1d(labels.subarray(first, first + count), "int32"), V);
    const logProbabilities = tf.logSoftmax(tf.matMul(rows, head, false, true));
    blocks.push(tf.neg(tf.sum(tf.mul(logProbabilities, chosen), -1)));
  }
  return blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 0);
}

function adamw(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  firstMoment: tf.Variable,
  secondMoment: tf.Variable,
  step: AdamWStep,
): void {
  tf.tidy(() => {
    const scaled = tf.mul(gradient, step.gradientScale);
    firstMoment.assign(tf.add(tf.mul(firstMoment, step.beta1), tf.mul(scaled, 1 - step.beta1)));
    secondMoment.assign(tf.add(tf.mul(secondMoment, step.beta2), tf.mul(tf.square(scaled), 1 - step.beta2)));
    const deviation = tf.add(tf.sqrt(tf.mul(secondMoment, step.secondCorrection)), step.epsilon);
    parameter.assign(
      tf.sub(tf.mul(parameter, step.decay), tf.div(tf.mul(firstMoment, step.stepSize), deviation)),
    );
  });
}
