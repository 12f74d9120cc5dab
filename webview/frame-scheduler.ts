/** Least time between two drawings, milliseconds: about four a second, as often as the host reports progress. */
const INTERVAL = 250;

/** Joins requests to draw: at once after a pause, else at the end of the interval, always inside an animation frame. */
export class FrameScheduler {
  private last = Number.NEGATIVE_INFINITY;
  private waiting = false;

  constructor(private readonly draw: () => void) {}

  request(): void {
    if (this.waiting) return;
    this.waiting = true;
    const pause = Math.max(0, this.last + INTERVAL - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.run()), pause);
  }

  private run(): void {
    this.waiting = false;
    this.last = performance.now();
    this.draw();
  }
}
