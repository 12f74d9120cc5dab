/** How far an installation is. */

export interface InstallProgress {
  /** What is being done, e.g. "Downloading TensorFlow". */
  step: string;
  /** Bytes done of the step's; null where that cannot be counted. */
  done: number | null;
  total: number | null;
  /** Of this step, at its speed so far; null while unknown. */
  secondsLeft: number | null;
}

export type ReportProgress = (progress: InstallProgress) => void;

/** Often enough for a bar, and seldom enough for a pipe. */
const BETWEEN_REPORTS_MS = 200;

/** Counts the bytes of one step. `now` in milliseconds. */
export function byteCounter(
  step: string,
  total: number,
  report: ReportProgress,
  now: () => number = performance.now.bind(performance),
): (done: number) => void {
  const start = now();
  let reported = start;
  report({ step, done: 0, total, secondsLeft: null });
  return (counted) => {
    const done = Math.min(counted, total);
    if (done < total && now() - reported < BETWEEN_REPORTS_MS) return;
    reported = now();
    const seconds = (reported - start) / 1000;
    const secondsLeft = done > 0 && seconds > 0 ? ((total - done) / done) * seconds : null;
    report({ step, done, total, secondsLeft });
  };
}

/** A step whose length is not known. */
export function uncounted(step: string): InstallProgress {
  return { step, done: null, total: null, secondsLeft: null };
}
