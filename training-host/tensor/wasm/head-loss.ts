/**
 * The head's multiplication and softmax cross-entropy in one, over blocks of targets: the [targets, V] logits never exist
 * at once, and neither do their gradients.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Operations, PredictionTargets } from "../operations";
import { differentiable } from "./differentiable";
import type { Kit } from "./kit";

/** Logits of a block: a few megabytes, but never fewer rows than keep the multiplications efficient. */
const LOGITS_AT_ONCE = 1 << 20;
const FEWEST_ROWS = 64;

/** Heap addresses of what belongs to one block of `count` targets, in the workspace. */
interface Block {
  first: number;
  count: number;
  /** [count] int32: rows of the hidden states, and their labels. */
  rows: number;
  labels: number;
  /** [count, D] hidden states of those rows, and their gradients. */
  hidden: number;
  dHidden: number;
  /** [count, V] */
  logits: number;
  /** [count] per row: the largest logit, the sum of exponentials, the label's logit. */
  maxima: number;
  sums: number;
  chosen: number;
}

/** Forward and backward together, because the logits are needed for both and kept for neither. */
export function makeHeadLoss(kit: Kit): Operations["headLoss"] {
  const { heap, kernels } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return (hidden, head, targets, scale) => {
    const [V, D] = head.shape;
    const losses = new Float32Array(targets.rows.length);
    const total = differentiable<tf.Scalar>(
      [hidden, head],
      () => {
        const dHidden = heap.allocate(hidden.shape);
        const dHead = heap.allocate(head.shape);
        kernels.fillZero(at(dHidden), dHidden.size);
        forEachBlock(kit, hidden, head, targets, (block) => {
          const { count, logits } = block;
          storeLosses(kit, block, losses);
          kernels.crossEntropyBackward(logits, block.labels, block.sums, count, V, scale);
          kernels.gemm(count, D, V, logits, V, 1, at(head), D, 1, block.dHidden, D, 1, 0);
          kernels.scatterAddRows(block.dHidden, block.rows, at(dHidden), count, D);
          const more = block.first > 0 ? 1 : 0;
          kernels.gemm(V, D, count, logits, 1, V, block.hidden, D, 1, at(dHead), D, 1, more);
        });
        const sum = losses.reduce((total, loss) => total + loss, 0);
        return { value: tf.scalar(scale * sum), saved: [dHidden, dHead] };
      },
      (dTotal, gradients) => gradients.map((gradient) => tf.mul(gradient, dTotal)),
    );
    return { total, losses };
  };
}

export function makeTargetLosses(kit: Kit): Operations["targetLosses"] {
  return (hidden, head, targets) => {
    const losses = new Float32Array(targets.rows.length);
    forEachBlock(kit, hidden, head, targets, (block) => storeLosses(kit, block, losses));
    return losses;
  };
}

/** Calls `use` with every block's hidden states, logits and what `crossEntropyForward` makes of them. */
function forEachBlock(
  { heap, kernels }: Kit,
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  targets: PredictionTargets,
  use: (block: Block) => void,
): void {
  const [V, D] = head.shape;
  const most = Math.min(targets.rows.length, Math.max(FEWEST_ROWS, Math.floor(LOGITS_AT_ONCE / V)));
  const workspace = heap.workspace(4 * most * (V + 2 * D + 5));
  for (let first = 0; first < targets.rows.length; first += most) {
    const count = Math.min(most, targets.rows.length - first);
    const block = layOut(workspace, first, count, most, V, D);
    heap.writeIntegers(targets.rows.subarray(first, first + count), block.rows);
    heap.writeIntegers(targets.labels.subarray(first, first + count), block.labels);
    kernels.gatherRows(heap.addressOf(hidden), block.rows, block.hidden, count, D);
    kernels.gemm(count, V, D, block.hidden, D, 1, heap.addressOf(head), 1, D, block.logits, V, 1, 0);
    kernels.crossEntropyForward(
      ...[block.logits, block.labels, block.maxima, block.sums, block.chosen],
      ...[count, V],
    );
    use(block);
  }
}

function layOut(workspace: number, first: number, count: number, most: number, V: number, D: number): Block {
  const logits = workspace;
  const hidden = logits + 4 * most * V;
  const dHidden = hidden + 4 * most * D;
  const rows = dHidden + 4 * most * D;
  const labels = rows + 4 * most;
  const maxima = labels + 4 * most;
  const sums = maxima + 4 * most;
  const chosen = sums + 4 * most;
  return { first, count, rows, labels, hidden, dHidden, logits, maxima, sums, chosen };
}

/** -log softmax(logits)[label] = maximum + log(sum) - chosen, in float64 until it is stored. */
function storeLosses({ heap }: Kit, block: Block, losses: Float32Array): void {
  const maxima = heap.floatsAt(block.maxima, block.count);
  const sums = heap.floatsAt(block.sums, block.count);
  const chosen = heap.floatsAt(block.chosen, block.count);
  for (let i = 0; i < block.count; i++)
    losses[block.first + i] = maxima[i]! + Math.log(sums[i]!) - chosen[i]!;
}
