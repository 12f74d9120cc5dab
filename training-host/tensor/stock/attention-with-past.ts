/** Attention of new rows to the rows before them, in stock TensorFlow.js operations: one sequence after the other. */
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionHeads, PastRows } from "../operations";

/** Keys and values [rows, keyValue * size], which outlive the pass that adds to them. */
class KeptRows implements PastRows {
  private kept: { keys: tf.Tensor2D; values: tf.Tensor2D } | null = null;

  get rows(): number {
    return this.kept?.keys.shape[0] ?? 0;
  }

  /** Adds rows at the end; what is returned is valid until the next call. */
  append(k: tf.Tensor2D, v: tf.Tensor2D): { keys: tf.Tensor2D; values: tf.Tensor2D } {
    const before = this.kept;
    this.kept = {
      keys: tf.keep(before ? tf.concat([before.keys, k], 0) : tf.clone(k)),
      values: tf.keep(before ? tf.concat([before.values, v], 0) : tf.clone(v)),
    };
    before?.keys.dispose();
    before?.values.dispose();
    return this.kept;
  }

  dispose(): void {
    this.kept?.keys.dispose();
    this.kept?.values.dispose();
    this.kept = null;
  }
}

export function emptyPast(): PastRows {
  return new KeptRows();
}

export function attentionWithPast(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  starts: Int32Array,
  pasts: readonly PastRows[],
  heads: AttentionHeads,
): tf.Tensor2D {
  return tf.tidy(() => {
    const mixed = pasts.map((past, sequence) => {
      const first = starts[sequence]!;
      const rows = (x: tf.Tensor2D): tf.Tensor2D =>
        tf.slice(x, [first, 0], [starts[sequence + 1]! - first, -1]);
      const { keys, values } = (past as KeptRows).append(rows(k), rows(v));
      return attend(rows(q), keys, values, heads);
    });
    return mixed.length === 1 ? mixed[0]! : tf.concat(mixed, 0);
  });
}

/** The last T of the keys' rows are q's own: the query heads of a group are stacked over their key-value head. */
function attend(
  q: tf.Tensor2D,
  keys: tf.Tensor2D,
  values: tf.Tensor2D,
  { query, keyValue, size }: AttentionHeads,
): tf.Tensor2D {
  const T = q.shape[0];
  const all = keys.shape[0];
  const group = query / keyValue;
  const stack = (x: tf.Tensor2D, rows: number, perGroup: number) =>
    tf.reshape(tf.transpose(tf.reshape(x, [rows, keyValue * perGroup, size]), [1, 0, 2]), [
      keyValue,
      perGroup * rows,
      size,
    ]);
  const products = tf.matMul(stack(q, T, group), stack(keys, all, 1), false, true);
  const scores = tf.mul(products, 1 / Math.sqrt(size)); // [keyValue, group * T, all]
  // A single row looks at everything.
  const probabilities = tf.softmax(T === 1 ? scores : tf.add(scores, causalMask(T, all, group)));
  const mixed = tf.reshape(tf.matMul(probabilities, stack(values, all, 1)), [query, T, size]);
  return tf.reshape(tf.transpose(mixed, [1, 0, 2]), [T, query * size]);
}

/** 0 where a row may look and -1e9 after it: [group * T, all]. */
function causalMask(T: number, all: number, group: number): tf.Tensor2D {
  const columns = tf.expandDims(tf.range(0, all, 1, "int32"), 0);
  const rows = tf.expandDims(tf.range(all - T, all, 1, "int32"), 1);
  return tf.tile(tf.mul(tf.cast(tf.greater(columns, rows), "float32"), -1e9) as tf.Tensor2D, [group, 1]);
}
