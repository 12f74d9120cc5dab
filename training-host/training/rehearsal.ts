import { type Example, packExamples } from "../data/packed-batch";
import type { TokenizedDataset } from "../data/tokenized-dataset";
import type { CausalLm } from "../model/causal-lm";

/**
 * Computes the gradients of the largest micro-batch that can be drawn, and forgets them: whether the backend has the memory
 * shows here, and not after an hour. The model is as it was before.
 */
export async function rehearse(
  model: CausalLm,
  train: readonly TokenizedDataset[],
  micro: number,
): Promise<void> {
  const { batch, targets } = packExamples(longest(train, micro));
  await model.accumulate(batch, targets, Math.max(1, targets.rows.length));
  model.clearGradients();
}

function longest(train: readonly TokenizedDataset[], count: number): Example[] {
  return train
    .flatMap(({ examples }) => examples.slice().sort(byLength).slice(0, count))
    .sort(byLength)
    .slice(0, count);
}

function byLength(a: Example, b: Example): number {
  return b.ids.length - a.ids.length;
}
