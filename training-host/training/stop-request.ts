/** A wish to stop, from a client or a signal. The training loop looks at it after every step, and gives way between pieces of work. */
export class StopRequest {
  private readonly controller = new AbortController();

  /** Who asked, in words for the run's record; null while nobody did. */
  get reason(): string | null {
    return this.controller.signal.aborted ? (this.controller.signal.reason as string) : null;
  }

  /** Aborted by the first request; for work that can be cut short. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The first one counts. */
  ask(reason: string): void {
    this.controller.abort(reason);
  }

  /** For work before the first step, of which nothing needs to be saved. @throws StoppedEarly */
  throwIfAsked(): void {
    if (this.reason !== null) throw new StoppedEarly(this.reason);
  }
}

/** The run was stopped before it trained a step. */
export class StoppedEarly extends Error {}

/** Training is synchronous work: without this no signal, no client and no heartbeat would be served until its end. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
