/** Estimates how long a phase will still take, from how long its share has taken. */

const SECONDS_BETWEEN = 0.1;
/** Before that, an estimate would jump. */
const SECONDS_TO_BE_SURE = 1;

export class TimeLeft {
  private phase: string | null = null;
  private start = 0;
  private shown = Number.NEGATIVE_INFINITY;

  /** @param now Seconds. */
  constructor(private readonly now: () => number = () => performance.now() / 1000) {}

  /** null: too soon after the last, and nothing new but the share. `seconds` is null while it cannot be told. */
  update(phase: string, share: number | null): { seconds: number | null } | null {
    const time = this.now();
    if (phase !== this.phase) {
      this.phase = phase;
      this.start = time;
      this.shown = Number.NEGATIVE_INFINITY;
    }
    if (time - this.shown < SECONDS_BETWEEN && share !== 1) return null;
    this.shown = time;
    const passed = time - this.start;
    const isSure = share !== null && share > 0 && passed >= SECONDS_TO_BE_SURE;
    return { seconds: isSure ? (passed * (1 - share)) / share : null };
  }
}
