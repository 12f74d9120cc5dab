/**
 * The head's multiplication and softmax cross-entropy over blocks of rows: forward and backward together, because the logits
 * are needed for both and kept for neither.
 */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";

/** 64 MiB of logits, which any GPU takes in one buffer. */
const LOGITS_AT_ONCE = 1 << 24;

export function makeHeadLoss(logitsAtOnce = LOGITS_AT_ONCE): Operations["headLoss"] {
  return (hidden, head, labels, scale) => {
    const inputs = isFrozen(head) ? [hidden] : [hidden, head];
    let kept: tf.Tensor1D | undefined;
    const total = differentiable<tf.Scalar>(
      inputs,
      () => {
        const { losses, gradients } = forwardAndBackward(
          hidden,
          head,
          blocksOf(head, labels, logitsAtOnce),
          scale,
          inputs.length === 2,
        );
        kept = tf.keep(losses);
        return { value: tf.mul(tf.sum(losses), scale), saved: gradients };
      },
      (dTotal, gradients) => gradients.map((gradient) => tf.mul(gradient, dTotal)),
    );
    const losses = kept!.clone(); // belongs to the caller's scope, not to the operation's
    kept!.dispose();
    return { total, losses };
  };
}

export function makeTargetLosses(logitsAtOnce = LOGITS_AT_ONCE): Operations["targetLosses"] {
  return (hidden, head, labels) =>
    tf.tidy(() => {
      const losses: tf.Tensor1D[] = [];
      for (const block of blocksOf(head, labels, logitsAtOnce))
        losses.push(tf.tidy(() => crossEntropy(rowsOf(hidden, block), head, block.labels).losses));
      return joined(losses);
    });
}

/** Of scale * sum of losses, by `hidden` and, if wanted, by `head`. */
function forwardAndBackward(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  blocks: readonly Block[],
  scale: number,
  headWanted: boolean,
): { losses: tf.Tensor1D; gradients: tf.Tensor[] } {
  const losses: tf.Tensor1D[] = [];
  const byHidden: tf.Tensor2D[] = [];
  let byHead: tf.Tensor2D | undefined;
  for (const block of blocks) {
    const before = byHead;
    const step = tf.tidy(() => {
      const rows = rowsOf(hidden, block);
      const { losses, byLogits } = crossEntropy(rows, head, block.labels);
      const scaled = tf.mul<tf.Tensor2D>(byLogits(), scale);
      const byRows = tf.matMul<tf.Tensor2D>(scaled, head);
      if (!headWanted) return { losses, byRows };
      const term = tf.matMul<tf.Tensor2D>(scaled, rows, true, false);
      return { losses, byRows, byHead: before ? tf.add<tf.Tensor2D>(before, term) : term };
    });
    before?.dispose();
    losses.push(step.losses);
    byHidden.push(step.byRows);
    byHead = step.byHead;
  }
  return { losses: joined(losses), gradients: [joined(byHidden), ...(byHead ? [byHead] : [])] };
}

interface Block {
  first: number;
  labels: Int32Array;
}

function blocksOf(head: tf.Tensor2D, labels: Int32Array, logitsAtOnce: number): Block[] {
  const most = Math.max(1, Math.floor(logitsAtOnce / head.shape[0]));
  const blocks: Block[] = [];
  for (let first = 0; first < labels.length; first += most)
    blocks.push({ first, labels: labels.subarray(first, first + most) });
  return blocks;
}

function rowsOf(hidden: tf.Tensor2D, { first, labels }: Block): tf.Tensor2D {
  return tf.slice(hidden, [first, 0], [labels.length, hidden.shape[1]]);
}

/** Losses [M] of `rows` [M, D], and the gradients of their sum by the logits [M, V]. */
function crossEntropy(
  rows: tf.Tensor2D,
  head: tf.Tensor2D,
  labels: Int32Array,
): { losses: tf.Tensor1D; byLogits: () => tf.Tensor2D } {
  const logits = tf.matMul<tf.Tensor2D>(rows, head, false, true);
  const chosen = tf.oneHot(tf.tensor1d(labels, "int32"), head.shape[0], 1, 0, "float32");
  const logSums = tf.logSumExp(logits, -1, true);
  const losses = tf.sub(tf.squeeze(logSums, [1]), tf.sum(tf.mul(logits, chosen), -1)) as tf.Tensor1D;
  return { losses, byLogits: () => tf.sub(tf.exp(tf.sub(logits, logSums)), chosen) };
}

function joined<T extends tf.Tensor1D | tf.Tensor2D>(blocks: T[]): T {
  return blocks.length === 1 ? blocks[0]! : (tf.concat(blocks as tf.Tensor[], 0) as T);
}
