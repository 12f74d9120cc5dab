/** The model under training as the rewards see it: forward passes in evaluation mode, without gradients. */

import { type Example, packExamples } from "../data/packed-batch";
import type { RewardMeasurement, RewardModel } from "../mixture/mixture";
import type { CausalLm } from "../model/causal-lm";
import type { InitialPerplexityCache } from "./initial-perplexity";
import { cutIntoPieces } from "./scoring-batches";
import { giveWay } from "./stop-request";

/** [indices] training examples of a dataset, as the rewards count their tokens. */
export type RewardExamples = (dataset: string, indices: readonly number[]) => Promise<Example[]>;

export class LanguageRewardModel implements RewardModel {
  /** `initial`: empty when no reward asks for perplexities. */
  constructor(
    private readonly model: CausalLm,
    private readonly examples: RewardExamples,
    private readonly initial: ReadonlyMap<string, InitialPerplexityCache>,
  ) {}

  async measure(
    dataset: string,
    indices: readonly number[],
    want: { readonly perplexity: boolean; readonly pooled: boolean },
  ): Promise<RewardMeasurement> {
    return measureExamples(this.model, await this.examples(dataset, indices), want, giveWay);
  }

  async initialMeanNll(dataset: string, indices: readonly number[]): Promise<Float64Array> {
    return this.initial.get(dataset)!.get(indices);
  }
}

/**
 * [examples] mean negative log-likelihood over the learned tokens of each example (NaN where there is none) and mean-pooled
 * last hidden states, from one forward pass. `afterPiece` is awaited between pieces of work.
 */
export async function measureExamples(
  model: CausalLm,
  examples: readonly Example[],
  want: { readonly perplexity: boolean; readonly pooled: boolean },
  afterPiece: (done: number) => void | Promise<void>,
): Promise<RewardMeasurement> {
  const meanNll = new Float64Array(examples.length);
  const pooled = new Array<Float32Array>(examples.length);
  let done = 0;
  for (const piece of cutIntoPieces(examples)) {
    const { batch, targets } = packExamples(piece.examples);
    const losses = want.perplexity && targets.rows.length > 0;
    const scores = await model.score(batch, targets, { losses, pooled: want.pooled });
    if (want.perplexity) {
      const means = meanBySequence(
        scores.losses ?? new Float32Array(),
        targets.sequences,
        piece.indices.length,
      );
      for (const [position, index] of piece.indices.entries()) meanNll[index] = means[position]!;
    }
    for (const [position, mean] of scores.pooled?.entries() ?? []) pooled[piece.indices[position]!] = mean;
    done += piece.indices.length;
    await afterPiece(done);
  }
  return { meanNll: want.perplexity ? meanNll : null, pooled: want.pooled ? pooled : null };
}

/** The rewards' view of an example when all its tokens count, the prompt's too. */
export function countAllTokens({ ids }: Example): Example {
  return { ids, learned: new Uint8Array(ids.length).fill(1) };
}

function meanBySequence(losses: Float32Array, sequences: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  const tokens = new Float64Array(count);
  losses.forEach((loss, target) => {
    sums[sequences[target]!]! += loss;
    tokens[sequences[target]!]!++;
  });
  return sums.map((sum, sequence) => sum / tokens[sequence]!);
}
