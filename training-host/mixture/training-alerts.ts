import { AlertFilter } from "./alert-filter";
import { epochAlerts } from "./alerts";
import { LossWatch, type LossWatchState } from "./loss-watch";
import type { Alert } from "./mixture";

export interface TrainingAlertsState {
  readonly said: Readonly<Record<string, number>>;
  readonly loss: LossWatchState;
}

/** The alerts that training steps give reason for, each told once while it lasts; state() and restore() for checkpoints. */
export class TrainingAlerts {
  readonly #filter = new AlertFilter();
  readonly #loss = new LossWatch();

  /** `loss` of the step's batch, `epochs` the realised passes over each dataset so far. */
  afterStep(loss: number | null, epochs: Readonly<Record<string, number>>): Alert[] {
    return this.#filter.pass([...this.#loss.afterStep(loss), ...epochAlerts(epochs)]);
  }

  state(): TrainingAlertsState {
    return { said: this.#filter.state(), loss: this.#loss.state() };
  }

  restore(state: TrainingAlertsState): void {
    this.#filter.restore(state.said);
    this.#loss.restore(state.loss);
  }
}
