/**
 * The scorer's update (Algorithm 1, line 8; paper eq. 6): gradient ascent on J(psi) = sum_{i=1..N} R(i) log p_psi(i).
 *
 * The sum runs over ALL datasets with weight R(i), not over sampled ones and not weighted by p(i). With p = softmax(z),
 * dJ/dz_j = R_j - p_j sum_n R_n, which is zero at p_j = R_j / sum_n R_n: for positive rewards the fixed point is proportional
 * to the reward, and the mixture does not collapse. A baseline or a z-score would move that point; there is none.
 */
import { Adam, type AdamState } from "./adam";
import type { Scorer } from "./scorer";

/** p [N] of logits z [N]. */
export function softmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const masses = logits.map((logit) => Math.exp(logit - largest));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

/** J: eq. 6's objective at z [N] for rewards R [N]. */
export function objective(logits: Float64Array, rewards: Float64Array): number {
  return softmax(logits).reduce((sum, p, index) => sum + rewards[index]! * Math.log(p), 0);
}

/** dJ/dz [N] = R - p sum R. */
export function objectiveGradient(logits: Float64Array, rewards: Float64Array): Float64Array {
  const total = rewards.reduce((sum, reward) => sum + reward, 0);
  return softmax(logits).map((p, index) => rewards[index]! - p * total);
}

export interface ReinforceOptions {
  /** Adam steps per update, all with the same rewards (200 in the authors' code; the paper read literally: 1). */
  readonly inner: number;
  /** gamma, Adam's learning rate. */
  readonly lr: number;
  /** Bound on the largest change of a logit per update; null: none. */
  readonly travel: number | null;
}

/** Learns a scorer. Adam's moments live on from update to update, as in the authors' code (and in the test vectors). */
export class Reinforce {
  readonly #scorer: Scorer;
  readonly #options: ReinforceOptions;
  readonly #adam: Adam;

  constructor(scorer: Scorer, options: ReinforceOptions) {
    this.#scorer = scorer;
    this.#options = options;
    this.#adam = new Adam(scorer.parameters.length);
  }

  /**
   * One update with the rewards R [N], finite. Returns its travel: the largest change of a logit.
   * Beyond the bound the way in parameter space is shortened, its direction kept, until the travel is the bound:
   * so the bound means the same for every scorer, whatever its learning rate does to the logits.
   */
  update(rewards: Float64Array): number {
    const scorer = this.#scorer;
    const { inner, lr, travel } = this.#options;
    const before = scorer.logits();
    const start = scorer.parameters.slice();
    for (let step = 0; step < inner; step++) {
      const gradient = scorer.gradient(objectiveGradient(scorer.logits(), rewards));
      this.#adam.ascend(scorer.parameters, gradient, lr);
    }
    const travelled = largestChange(before, scorer.logits());
    return travel === null || travelled <= travel ? travelled : this.#shorten(start, before, travel);
  }

  state(): AdamState {
    return this.#adam.state();
  }

  restore(state: AdamState): void {
    this.#adam.restore(state);
  }

  /** Bisects the share of the way from `start` at which the largest change of a logit is just within `bound`. */
  #shorten(start: Float64Array, before: Float64Array, bound: number): number {
    const scorer = this.#scorer;
    const way = scorer.parameters.map((parameter, index) => parameter - start[index]!);
    const goTo = (share: number) => {
      start.forEach((parameter, index) => {
        scorer.parameters[index] = parameter + share * way[index]!;
      });
      return largestChange(before, scorer.logits());
    };
    let within = 0;
    let beyond = 1;
    // 52 halvings exhaust a double's precision.
    for (let halving = 0; halving < 52; halving++) {
      const middle = (within + beyond) / 2;
      if (goTo(middle) <= bound) within = middle;
      else beyond = middle;
    }
    return goTo(within);
  }
}

/** max_j |a_j - b_j|, in logits. */
function largestChange(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, logit, index) => Math.max(most, Math.abs(logit - b[index]!)), 0);
}
