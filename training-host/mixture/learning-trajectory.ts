/**
 * Learning trajectory (paper eq. 11): R(i) = beta R'(i) + (1 - beta) R''(i), with R' the reward now and R'' the smoothed
 * reward of the previous update. NOTE: beta multiplies the NEW reward, so the paper's 0.9 smooths lightly.
 */
export class LearningTrajectory {
  readonly #beta: number;
  readonly #start: "first" | "one";
  #previous: Float64Array | null = null;

  /** `start`: R'' before the first update: the first reward itself, or 1 for every dataset (the authors' code). */
  constructor(beta: number, start: "first" | "one") {
    this.#beta = beta;
    this.#start = start;
  }

  /** R' [N] -> R [N], which is the next R''. */
  smooth(rewards: Float64Array): Float64Array {
    const previous = this.#previous ?? (this.#start === "one" ? rewards.map(() => 1) : rewards);
    this.#previous = rewards.map((reward, index) => {
      // Not `beta R' + (1 - beta) R'`, which can differ from R' in the last bit.
      return reward === previous[index] ? reward : this.#beta * reward + (1 - this.#beta) * previous[index]!;
    });
    return this.#previous.slice();
  }

  /** R'' [N]; null before the first update. */
  state(): number[] | null {
    return this.#previous === null ? null : Array.from(this.#previous);
  }

  restore(state: readonly number[] | null): void {
    this.#previous = state === null ? null : Float64Array.from(state);
  }
}
