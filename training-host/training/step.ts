/** One optimizer step on one batch. */
import type { RunEventOf } from "../../contracts/run-event";
import { countTargets, type Example, packExamples } from "../data/packed-batch";
import type { CausalLm } from "../model/causal-lm";
import type { Random } from "../random";
import type { AdamW } from "./adamw";
import { giveWay } from "./stop-request";

export interface DrawnExample {
  dataset: string;
  example: Example;
}

export type StepLosses = Pick<RunEventOf<"step">, "loss" | "perDataset" | "gradientNorm">;

/**
 * Adds up the gradients of the micro-batches and moves the parameters. The loss is the mean over the learned tokens of the
 * whole batch, so that the size of the micro-batches changes nothing but the memory used. A batch without any learned token
 * (every answer was cut off) leaves gradients of 0.
 */
export async function trainOnBatch(
  model: CausalLm,
  optimizer: AdamW,
  drawn: readonly DrawnExample[],
  options: {
    micro: number;
    order: "drawn" | "length";
    learningRate: number;
    clip: number | null;
    /** Draws the dropout of every micro-batch; null: no dropout. */
    dropout: Random | null;
  },
): Promise<StepLosses> {
  const learned = drawn.reduce((sum, { example }) => sum + countTargets(example), 0);
  const sums = new Map<string, number>();
  for (const microBatch of dealOut(drawn, options)) {
    const dropoutSeed = options.dropout?.integer(2 ** 32) ?? null;
    await accumulate(model, microBatch, learned, dropoutSeed, sums);
    await giveWay();
  }
  const { gradientNorm } = await optimizer.step(options.learningRate, options.clip);
  return {
    loss: finiteOrNull([...sums.values()].reduce((sum, loss) => sum + loss, 0) / learned),
    perDataset: describeDatasets(drawn, sums),
    gradientNorm: finiteOrNull(gradientNorm),
  };
}

/**
 * The micro-batches of a step: in the order of the draws, or with examples of about the same length together, the longest
 * first. A backend that pads inside attention then pads less; the step's loss is the same but for rounding.
 */
export function dealOut(
  drawn: readonly DrawnExample[],
  { micro, order }: { micro: number; order: "drawn" | "length" },
): DrawnExample[][] {
  const byLength = (a: DrawnExample, b: DrawnExample) => b.example.ids.length - a.example.ids.length;
  // Sorting is stable: examples of the same length stay as they were drawn.
  const dealt = order === "length" ? [...drawn].sort(byLength) : drawn;
  return Array.from({ length: Math.ceil(dealt.length / micro) }, (_, batch) =>
    dealt.slice(batch * micro, (batch + 1) * micro),
  );
}

/** Adds the losses, in nats, to `sums` by dataset. */
async function accumulate(
  model: CausalLm,
  drawn: readonly DrawnExample[],
  denominator: number,
  dropoutSeed: number | null,
  sums: Map<string, number>,
): Promise<void> {
  const { batch, targets } = packExamples(drawn.map(({ example }) => example));
  if (targets.rows.length === 0) return;
  const losses = await model.accumulate(batch, targets, denominator, dropoutSeed);
  losses.forEach((loss, target) => {
    const { dataset } = drawn[targets.sequences[target]!]!;
    sums.set(dataset, (sums.get(dataset) ?? 0) + loss);
  });
}

function describeDatasets(
  drawn: readonly DrawnExample[],
  sums: ReadonlyMap<string, number>,
): StepLosses["perDataset"] {
  const perDataset: StepLosses["perDataset"] = {};
  for (const { dataset, example } of drawn) {
    perDataset[dataset] ??= { loss: null, examples: 0, tokens: 0, responseTokens: 0 };
    const facts = perDataset[dataset];
    facts.examples++;
    facts.tokens += example.ids.length;
    facts.responseTokens += countTargets(example);
  }
  for (const [dataset, facts] of Object.entries(perDataset)) {
    facts.loss = finiteOrNull((sums.get(dataset) ?? 0) / facts.responseTokens);
  }
  return perDataset;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
