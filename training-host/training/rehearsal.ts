import type { LoadedData } from "../data/load-data";
import { type Example, packExamples } from "../data/packed-batch";
import type { CausalLm } from "../model/causal-lm";

/**
 * Computes the gradients of the largest micro-batch that can be drawn, and forgets them: whether the backend has the memory
 * shows here, and not after an hour. The model is as it was before.
 */
export async function rehearse(
  model: CausalLm,
  data: Pick<LoadedData, "train" | "small">,
  { batch: { micro }, length }: { batch: { micro: number }; length: number },
): Promise<void> {
  const isKnown = data.small.length === data.train.length;
  const examples = isKnown ? await longest(data, micro) : asLongAsMayBe(micro, length);
  const { batch, targets } = packExamples(examples);
  await model.accumulate(batch, targets, Math.max(1, targets.rows.length));
  model.clearGradients();
}

async function longest({ train }: Pick<LoadedData, "train">, count: number): Promise<Example[]> {
  const candidates = await Promise.all(
    train.map(async (store) => {
      const lengths = await store.lengths();
      const indices = Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
      return store.get(indices.slice(0, count));
    }),
  );
  return candidates
    .flat()
    .sort((a, b) => b.ids.length - a.ids.length)
    .slice(0, count);
}

/** Of large data, whose lengths are not all known yet. What is rehearsed must not depend on how far the tokenization is. */
function asLongAsMayBe(count: number, length: number): Example[] {
  return Array.from({ length: count }, () => ({
    ids: new Int32Array(length),
    learned: new Uint8Array(length).fill(1),
  }));
}
