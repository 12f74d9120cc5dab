/**
 * The head's multiplication and softmax cross-entropy in one, over blocks of rows: the [M, V] logits never exist at once,
 * and neither do their gradients.
 */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { isFrozen } from "../frozen";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

/** Rows of a block come in multiples of this: a remainder of a few costs as much as many. */
const ROWS = 64;
/** From about here on the multiplications are efficient: every block packs the head anew. */
const EFFICIENT_ROWS = 4 * ROWS;
/** Logits of a block: those that stay in the second-level cache (2 MiB), and at most 32 MiB of them. */
const LOGITS_IN_CACHE = 1 << 19;
const MOST_LOGITS = 1 << 23;

/** Rows `first` to `first + count - 1`, as heap addresses: hidden states, and in the workspace the rest. */
interface Block {
  first: number;
  count: number;
  /** [count, D] */
  hidden: number;
  /** [count, V] */
  logits: number;
  /** [count] int32 */
  labels: number;
  /** [count] per row: the largest logit, the sum of exponentials, the label's logit. */
  maxima: number;
  sums: number;
  chosen: number;
}

/** Forward and backward together, because the logits are needed for both and kept for neither. */
export function makeHeadLoss(kit: Kit): Operations["headLoss"] {
  const { heap, kernels, multiply } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (hidden, head, labels, scale) => {
    const [V, D] = head.shape;
    const losses = heap.allocate<tf.Tensor1D>([labels.length]);
    const frozen = isFrozen(head);
    const total = differentiable<tf.Scalar>(
      frozen ? [hidden] : [hidden, head],
      () => {
        const dHidden = heap.allocate(hidden.shape);
        const dHead = frozen ? null : heap.allocate(head.shape);
        let sum = 0;
        forEachBlock(kit, hidden, head, labels, (block) => {
          const { first, count, logits } = block;
          sum += storeLosses(kit, block, losses);
          kernels.crossEntropyBackward(logits, block.labels, block.sums, count, V, scale);
          multiply(count, D, V, logits, V, 1, at(head), D, 1, at(dHidden) + 4 * first * D, D, 0);
          if (dHead) multiply(V, D, count, logits, 1, V, block.hidden, D, 1, at(dHead), D, first > 0 ? 1 : 0);
        });
        return { value: tf.scalar(scale * sum), saved: dHead ? [dHidden, dHead] : [dHidden] };
      },
      // dTotal is 1 unless the loss is used further; the tape disposes of what was saved, so clones are returned.
      (dTotal, gradients) =>
        dTotal.dataSync()[0] === 1
          ? gradients.map((gradient) => gradient.clone())
          : gradients.map((gradient) => tf.mul(gradient, dTotal)),
    );
    return { total, losses };
  };
}

export function makeTargetLosses(kit: Kit): Operations["targetLosses"] {
  return (hidden, head, labels) => {
    const losses = kit.heap.allocate<tf.Tensor1D>([labels.length]);
    forEachBlock(kit, hidden, head, labels, (block) => storeLosses(kit, block, losses));
    return losses;
  };
}

/** Calls `use` with every block's logits and what `crossEntropyForward` makes of them. */
function forEachBlock(
  { heap, kernels, multiply }: Kit,
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  labels: Int32Array,
  use: (block: Block) => void,
): void {
  const [V, D] = head.shape;
  const most = Math.min(labels.length, rowsOfBlock(V));
  const workspace = heap.workspace(4 * most * (V + 4));
  for (let first = 0; first < labels.length; first += most) {
    const count = Math.min(most, labels.length - first);
    const block: Block = {
      first,
      count,
      hidden: heap.addressOf(hidden) + 4 * first * D,
      logits: workspace,
      labels: workspace + 4 * most * V,
      maxima: workspace + 4 * most * (V + 1),
      sums: workspace + 4 * most * (V + 2),
      chosen: workspace + 4 * most * (V + 3),
    };
    heap.writeIntegers(labels.subarray(first, first + count), block.labels);
    multiply(count, V, D, block.hidden, D, 1, heap.addressOf(head), 1, D, block.logits, V, 0);
    kernels.crossEntropyForward(
      ...[block.logits, block.labels, block.maxima, block.sums, block.chosen],
      ...[count, V],
    );
    use(block);
  }
}

/** -log softmax(logits)[label] = maximum + log(sum) - chosen, in float64 until it is stored; returns the sum of the block's. */
function storeLosses({ heap }: Kit, block: Block, losses: tf.Tensor1D): number {
  const maxima = heap.floatsAt(block.maxima, block.count);
  const sums = heap.floatsAt(block.sums, block.count);
  const chosen = heap.floatsAt(block.chosen, block.count);
  const stored = heap.floatsAt(heap.addressOf(losses) + 4 * block.first, block.count);
  let total = 0;
  for (let i = 0; i < block.count; i++) {
    stored[i] = maxima[i]! + Math.log(sums[i]!) - chosen[i]!;
    total += stored[i]!;
  }
  return total;
}

function rowsOfBlock(vocab: number): number {
  const fitting = (logits: number) => ROWS * Math.floor(logits / vocab / ROWS);
  const wanted = Math.max(EFFICIENT_ROWS, fitting(LOGITS_IN_CACHE));
  return Math.max(ROWS, Math.min(wanted, fitting(MOST_LOGITS)));
}
