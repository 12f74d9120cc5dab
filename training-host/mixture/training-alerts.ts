import { AlertFilter } from "./alert-filter";
import { epochAlerts } from "./alerts";
import { LossWatch, type LossWatchState } from "./loss-watch";
import type { Alert } from "./mixture";

export interface TrainingAlertsState {
  readonly said: Readonly<Record<string, number>>;
  readonly loss: LossWatchState;
  readonly repeated?: readonly string[];
}

/** The alerts that training steps give reason for, each told once while it lasts; state() and restore() for checkpoints. */
export class TrainingAlerts {
  readonly #filter = new AlertFilter();
  readonly #loss = new LossWatch();
  /** Datasets whose many epochs were told. */
  #repeated = new Set<string>();

  /** `loss` of the step's batch, `epochs` the realised passes so far over each dataset that it drew from. */
  afterStep(loss: number | null, epochs: Readonly<Record<string, number>>): Alert[] {
    // Passes only ever grow: no filter is needed, which would have to look at all datasets at every step.
    const repeats = epochAlerts(epochs).filter(({ dataset }) => !this.#repeated.has(dataset!));
    for (const { dataset } of repeats) this.#repeated.add(dataset!);
    return [...this.#filter.pass(this.#loss.afterStep(loss)), ...repeats];
  }

  state(): TrainingAlertsState {
    return { said: this.#filter.state(), loss: this.#loss.state(), repeated: [...this.#repeated] };
  }

  restore(state: TrainingAlertsState): void {
    this.#filter.restore(state.said);
    this.#loss.restore(state.loss);
    this.#repeated = new Set(state.repeated ?? repeatedIn(state.said));
  }
}

/** Checkpoints from before there was a set of their own kept them with the other alerts. */
function repeatedIn(said: TrainingAlertsState["said"]): string[] {
  const prefix = "many-epochs/";
  return Object.keys(said).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
}
