import type { TrainConfig } from "../../contracts/plan";

/** What a duration is measured against. */
export interface TrainingData {
  name: string;
  /** Training examples, with those that are passed over because nothing can be learned from them. */
  size: number;
  /** The latter; null as `tokens`. */
  dropped: number | null;
  /** Tokens of all of them. */
  /** null: not known yet, which a duration in tokens cannot do without. */
  tokens: number | null;
}

/**
 * Optimizer steps that a run takes. Epochs are of all the examples together: draws / sum of the sizes. Tokens are counted as
 * the prior draws them; a mixture that moves consumes somewhat more or fewer, but the steps must be known before the first one
 * for the schedule of the learning rate.
 */
export function resolveSteps(
  { duration, batch }: Pick<TrainConfig, "duration" | "batch">,
  data: readonly TrainingData[],
  prior: ReadonlyMap<string, number>,
): number {
  if ("steps" in duration) return duration.steps;
  if ("epochs" in duration) {
    const examples = data.reduce((sum, { size }) => sum + size, 0);
    return atLeastOne(Math.ceil((duration.epochs * examples) / batch.size));
  }
  const tokensPerExample = data.reduce(
    (sum, { name, size, dropped, tokens }) => sum + ((prior.get(name) ?? 0) * tokens!) / (size - dropped!),
    0,
  );
  return atLeastOne(Math.ceil(duration.tokens / (batch.size * tokensPerExample)));
}

function atLeastOne(steps: number): number {
  return Math.max(1, steps);
}
