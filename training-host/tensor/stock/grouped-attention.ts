/**
 * Causal attention in stock TensorFlow.js operations, several sequences at a time: on a GPU, one multiplication for all is far
 * cheaper than one for each. Rows are moved by `gather` in both directions, forward and backward, never by adding them up in
 * place: the results do not depend on the order in which a GPU's threads come.
 */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { AttentionHeads } from "../operations";
import { groupSequences, type SequenceGroup } from "./sequence-groups";

/** Attention scores at once: 64 MiB of them, which any GPU takes in one buffer; a sequence alone may need more. */
const SCORES_AT_ONCE = 1 << 24;

export function attention(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  starts: Int32Array,
  heads: AttentionHeads,
): tf.Tensor2D {
  const groups = groupSequences(starts, Math.floor(SCORES_AT_ONCE / heads.query));
  const [first] = groups;
  if (groups.length === 1 && first!.lengths.every((length) => length === first!.longest) && inOrder(first!))
    return attendWithin(q, k, v, first!, heads);

  const layout = layOut(groups, starts);
  const sizes = groups.map(({ lengths, longest }) => lengths.length * longest);
  const spread = (x: tf.Tensor2D): tf.Tensor2D[] => {
    const padded = pad(x, layout);
    return groups.length === 1 ? [padded] : tf.split(padded, sizes);
  };
  const [qs, ks, vs] = [spread(q), spread(k), spread(v)];
  const mixed = groups.map((group, i) => attendWithin(qs[i]!, ks[i]!, vs[i]!, group, heads));
  return unpad(mixed.length === 1 ? mixed[0]! : tf.concat(mixed, 0), layout);
}

function inOrder({ sequences }: SequenceGroup): boolean {
  return sequences.every((sequence, i) => i === 0 || sequence > sequences[i - 1]!);
}

/** Where packed rows go when every sequence is filled up to the longest of its group. */
interface Layout {
  /** The padded rows' packed rows; what a filling row says is never looked at. */
  sources: tf.Tensor1D;
  /** The packed rows' padded rows. */
  targets: tf.Tensor1D;
  /** [padded rows, 1]: 0 for filling rows, else 1. */
  real: tf.Tensor2D;
}

function layOut(groups: readonly SequenceGroup[], starts: Int32Array): Layout {
  const padded = groups.reduce((sum, { lengths, longest }) => sum + lengths.length * longest, 0);
  const sources = new Int32Array(padded);
  const targets = new Int32Array(starts.at(-1)!);
  const real = new Float32Array(padded);
  let place = 0;
  for (const { sequences, lengths, longest } of groups) {
    for (const [i, sequence] of sequences.entries()) {
      for (let row = 0; row < lengths[i]!; row++) {
        const source = starts[sequence]! + row;
        sources[place + row] = source;
        targets[source] = place + row;
        real[place + row] = 1;
      }
      place += longest;
    }
  }
  return {
    sources: tf.tensor1d(sources, "int32"),
    targets: tf.tensor1d(targets, "int32"),
    real: tf.tensor2d(real, [padded, 1]),
  };
}

/** Filling rows come after their sequence: causal attention never looks at them, and their gradients are 0. */
function pad(x: tf.Tensor2D, { sources, targets }: Layout): tf.Tensor2D {
  return differentiable(
    [x],
    () => ({ value: tf.gather(x, sources), saved: [targets] }),
    (dy, [targets]) => [tf.gather(dy, targets as tf.Tensor1D)],
  );
}

function unpad(x: tf.Tensor2D, { sources, targets, real }: Layout): tf.Tensor2D {
  return differentiable(
    [x],
    () => ({ value: tf.gather(x, targets), saved: [sources, real] }),
    (dy, [sources, real]) => [tf.mul(tf.gather(dy, sources as tf.Tensor1D), real!)],
  );
}

/** Attention within B sequences of T rows each: the query heads of a group are stacked over their key-value head. */
function attendWithin(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  { lengths, longest: T }: SequenceGroup,
  { query, keyValue, size }: AttentionHeads,
): tf.Tensor2D {
  const B = lengths.length;
  const group = query / keyValue;
  const stack = (x: tf.Tensor2D, perGroup: number) =>
    tf.reshape(tf.transpose(tf.reshape(x, [B, T, keyValue * perGroup, size]), [0, 2, 1, 3]), [
      B * keyValue,
      perGroup * T,
      size,
    ]);
  const scores = tf.mul(tf.matMul(stack(q, group), stack(k, 1), false, true), 1 / Math.sqrt(size));
  const probabilities = tf.softmax(tf.add(scores, causalMask(T, group))); // [B * keyValue, group * T, T]
  const mixed = tf.reshape(tf.matMul(probabilities, stack(v, 1)), [B, query, T, size]);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, query * size]);
}

/** 0 where a row may look and -1e9 after it: [group * T, T]. Finite, because infinities turn to NaN in gradients. */
function causalMask(T: number, group: number): tf.Tensor2D {
  return tf.tidy(() => {
    const columns = tf.range(0, T, 1, "int32");
    const after = tf.greater(tf.expandDims(columns, 0), tf.expandDims(columns, 1));
    return tf.tile(tf.mul(tf.cast(after, "float32"), -1e9) as tf.Tensor2D, [group, 1]);
  });
}
