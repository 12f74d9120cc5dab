import type { Alert } from "./mixture";

/** Steps over which the running mean and deviation of the loss reach back. */
const WINDOW = 50;
/** Steps before the first judgement. */
const WARM_UP = 20;
const SPIKE_DEVIATIONS = 6;
const SPIKE_RATIO = 1.5;

export interface LossWatchState {
  readonly steps: number;
  readonly mean: number;
  readonly variance: number;
}

/** Recognises spikes of the training loss: far above its running mean both in deviations and as a ratio, or not a number. */
export class LossWatch {
  #steps = 0;
  #mean = 0;
  #variance = 0;

  /** `loss`: of one step's batch, in nats per learned token; null stands for NaN and infinities. */
  afterStep(loss: number | null): Alert[] {
    if (loss === null || !Number.isFinite(loss)) {
      return spike(
        "The loss is not a number: training has diverged. Lower the learning rate, or set `clip`.",
      );
    }
    const bound = Math.max(
      this.#mean + SPIKE_DEVIATIONS * Math.sqrt(this.#variance),
      SPIKE_RATIO * this.#mean,
    );
    const found =
      this.#steps >= WARM_UP && loss > bound
        ? spike(
            `The loss jumped to ${loss.toPrecision(3)} from about ${this.#mean.toPrecision(3)}. If it stays high, lower the learning rate.`,
          )
        : [];
    this.#learn(loss);
    return found;
  }

  state(): LossWatchState {
    return { steps: this.#steps, mean: this.#mean, variance: this.#variance };
  }

  restore(state: LossWatchState): void {
    this.#steps = state.steps;
    this.#mean = state.mean;
    this.#variance = state.variance;
  }

  /** Exponentially weighted mean and variance; plain ones while fewer steps than the window are known. */
  #learn(loss: number): void {
    this.#steps++;
    const share = 1 / Math.min(this.#steps, WINDOW);
    const change = loss - this.#mean;
    this.#mean += share * change;
    this.#variance = (1 - share) * (this.#variance + share * change * change);
  }
}

function spike(message: string): Alert[] {
  return [{ kind: "loss-spike", dataset: null, message }];
}
