/**
 * Before a run: how far can its scorer move the mixture? No formula tells: the perceptron's logits travel 3 to 35 times as far
 * as `inner x lr`. So the run's updates are made on a scorer of that kind, with rewards that the run might see. Pure and bounded
 * in its work, since the language server does it while the user types.
 */
import type { LearnedMixtureConfig } from "../../contracts/plan";
import { Random } from "../random";
import { createScorer } from "./create-scorer";
import { Reinforce, softmax } from "./reinforce";

/** Ratio of the largest to the least simulated reward: about that of the paper's difficulties (.59 and .14, Table 6). */
const REWARD_CONTRAST = 4;
/** Updates cover less than this share of the way to the fixed point: the run cannot show what the rewards say. */
const TOO_LITTLE = 0.1;
/** The first update covers more than this share: the mixture jumps, and follows the noise of every later reward. */
const AT_ONCE = 0.9;
/** Multiplications that one simulation may take: about 20 ms. */
const WORK = 8e6;
/** Multiplications of one inner step per parameter of the scorer: forward, backward and Adam. */
const WORK_PER_PARAMETER = 6;
/** Inner steps below which a simulation says nothing. */
const LEAST_STEPS = 10;

export interface SimulatedTravel {
  /** Largest change of a logit in the first update. */
  readonly firstTravel: number;
  /** Share of the way from the prior to the fixed point R / sum R that the first update covers (in total variation). */
  readonly firstShare: number;
  /** The same after the simulated updates: a lower bound for the run's when `complete` is false. */
  readonly share: number;
  /** Updates simulated; fewer than the run's when the fixed point was reached or the work was too much. */
  readonly updates: number;
  readonly complete: boolean;
  /** `stuck`: the run's updates cannot move the mixture. `jumps`: the first one goes to the fixed point. */
  readonly verdict: "stuck" | "jumps" | "moves";
}

/**
 * `prior` [N], every entry > 0, is where the scorer starts; `updates` is how many the run will make.
 * null when there is nothing to move (no scorer, one dataset, or no update), or when few inner steps would be too much work.
 */
export function simulateTravel(
  config: Pick<LearnedMixtureConfig, "scorer">,
  prior: Float64Array,
  updates: number,
): SimulatedTravel | null {
  if (config.scorer === null || prior.length < 2 || updates < 1) return null;
  if (LEAST_STEPS * config.scorer.hidden * prior.length * WORK_PER_PARAMETER > WORK) return null;
  const scorer = createScorer(config.scorer, prior, new Random(0, "simulate-travel"));
  const affordable = Math.max(1, Math.floor(WORK / (WORK_PER_PARAMETER * scorer.parameters.length)));
  const inner = Math.min(config.scorer.inner, affordable);
  const reinforce = new Reinforce(scorer, { ...config.scorer, inner });
  const rewards = contrastingRewards(prior);
  const goal = normalised(rewards);
  const whole = variation(prior, goal);
  const shareNow = () => Math.max(0, 1 - variation(softmax(scorer.logits()), goal) / whole);

  const firstTravel = reinforce.update(rewards);
  const firstShare = shareNow();
  let share = firstShare;
  let done = 1;
  const most = Math.min(updates, Math.max(1, Math.floor(affordable / inner)));
  while (done < most && share < AT_ONCE) {
    reinforce.update(rewards);
    share = Math.max(share, shareNow());
    done++;
  }
  const complete = inner === config.scorer.inner && (done === updates || share >= AT_ONCE);
  return {
    firstTravel,
    firstShare,
    share,
    updates: done,
    complete,
    verdict: verdictOf(firstShare, share, complete),
  };
}

function verdictOf(firstShare: number, share: number, complete: boolean): SimulatedTravel["verdict"] {
  if (firstShare >= AT_ONCE) return "jumps";
  return share < TOO_LITTLE && complete ? "stuck" : "moves";
}

/** [N] from 1 down to 1 / REWARD_CONTRAST, the largest for the dataset that has least: so there is a way to go. */
function contrastingRewards(prior: Float64Array): Float64Array {
  const order = Array.from(prior.keys()).sort((a, b) => prior[a]! - prior[b]! || a - b);
  const rewards = new Float64Array(prior.length);
  order.forEach((dataset, rank) => {
    rewards[dataset] = REWARD_CONTRAST ** (-rank / (order.length - 1));
  });
  return rewards;
}

function normalised(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

function variation(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, index) => sum + Math.abs(value - q[index]!), 0) / 2;
}
