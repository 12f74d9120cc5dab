/** A wish to stop, from a client or a signal. The training loop looks at it after every step, and gives way between pieces of work. */
export class StopRequest {
  private wish: string | null = null;

  /** Who asked, in words for the run's record; null while nobody did. */
  get reason(): string | null {
    return this.wish;
  }

  /** The first one counts. */
  ask(reason: string): void {
    this.wish ??= reason;
  }

  /** Where nothing has been trained yet there is nothing to save. @throws StoppedEarly */
  throwIfAsked(): void {
    if (this.wish !== null) throw new StoppedEarly(this.wish);
  }
}

/** The run was stopped before its first step. */
export class StoppedEarly extends Error {}

/** Training is synchronous work: without this no signal, no client and no heartbeat would be served until its end. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
