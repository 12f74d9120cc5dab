import { setImmediate } from "node:timers/promises";
import { UserError } from "../../contracts/user-error";

/** Lets the process's other events (a client's request, a signal) run during long work. */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  readonly #interval: number;
  #last = performance.now();

  /** `interval`: milliseconds of work between two breaths. */
  constructor(signal?: AbortSignal, interval = 20) {
    this.#signal = signal;
    this.#interval = interval;
  }

  /** Cheap when it is not yet time. Throws UserError "cancelled" once the signal is aborted. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last < this.#interval) return;
    await setImmediate();
    this.#last = performance.now();
    if (this.#signal?.aborted) throw new UserError("cancelled", "Reading the data was cancelled.");
  }
}
