/** Tells how far a benchmark is, on one line that is written over in a terminal. */
export class Countdown {
  private readonly start = performance.now();
  private done = 0;

  /** `total` in estimated seconds, as `finish` counts them. */
  constructor(private readonly total: number) {
    console.log(`About ${minutes(total)} on a quiet machine.`);
  }

  begin(what: string): void {
    const elapsed = (performance.now() - this.start) / 1000;
    // What was estimated and what it took so far correct each other.
    const pace = this.done > 0 ? elapsed / this.done : 1;
    const left = Math.max(0, (this.total - this.done) * pace);
    process.stderr.write(`[${minutes(elapsed)} gone, about ${minutes(left)} left] ${what}\n`);
  }

  finish(estimatedSeconds: number): void {
    this.done += estimatedSeconds;
  }
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;
}
