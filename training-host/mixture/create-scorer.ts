import type { ScorerConfig } from "../../contracts/plan";
import type { Random } from "../random";
import { LogitsScorer } from "./logits-scorer";
import { PerceptronScorer } from "./perceptron-scorer";
import type { Scorer } from "./scorer";

type StartScorer = (logits: Float64Array, config: ScorerConfig, random: Random) => Scorer;

const scorers: Readonly<Record<ScorerConfig["kind"], StartScorer>> = {
  logits: (logits) => new LogitsScorer(logits),
  mlp: (logits, config, random) => PerceptronScorer.starting(logits, config.hidden, random),
};

/**
 * A scorer whose p is `prior` [N], every entry > 0: logits log p, which give it at once. (The authors' code reaches the prior
 * by minimising a squared error, up to 21,000 steps, and starts with that optimizer's stale moments.)
 */
export function createScorer(config: ScorerConfig, prior: Float64Array, random: Random): Scorer {
  return scorers[config.kind](prior.map(Math.log), config, random);
}
