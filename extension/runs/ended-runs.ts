import { currentStep, formatLoss } from "./run-description";
import { isLive, isSameExperiment, newestOfEachVariant, type RunOverview } from "./run-overview";

export interface EndNotice {
  readonly kind: "information" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  /** The run that "Show Run" opens. */
  readonly run: RunOverview;
  /** Folders that "Compare" opens; empty: nothing to compare with. */
  readonly comparable: readonly string[];
}

/**
 * Decides what to tell about runs that ended. Runs of one experiment are told together when the last of them is done:
 * five notices for five ablations would be a nuisance. A failure is told at once.
 */
export class EndedRuns {
  private readonly waiting: RunOverview[] = [];

  /** @param runs All runs of the window, `ended` among them. */
  add(ended: RunOverview, runs: readonly RunOverview[]): EndNotice | null {
    if (ended.status === "failed") return failureNotice(ended, runs);
    if (ended.status !== "finished") {
      return ended.status === "interrupted" ? interruptionNotice(ended) : null;
    }
    this.waiting.push(ended);
    return this.flush(ended, runs);
  }

  private flush(ended: RunOverview, runs: readonly RunOverview[]): EndNotice | null {
    if (runs.some((run) => isSameExperiment(run, ended) && isLive(run.status))) return null;
    const done = this.waiting.filter((run) => isSameExperiment(run, ended));
    for (const run of done) this.waiting.splice(this.waiting.indexOf(run), 1);
    const comparable = comparableFolders(ended, runs);
    if (done.length === 1) {
      const loss =
        ended.referenceLoss === null ? "" : ` with held-out loss ${formatLoss(ended.referenceLoss)}`;
      return { kind: "information", message: `${ended.name} finished${loss}.`, run: ended, comparable };
    }
    const message = `${ended.experiment}: ${done.length} runs finished.`;
    return { kind: "information", message, run: ended, comparable };
  }
}

function failureNotice(run: RunOverview, runs: readonly RunOverview[]): EndNotice {
  const why = run.failure ? `: ${run.failure.message} ${run.failure.advice}`.trimEnd() : ".";
  return {
    kind: "error",
    message: `${run.name} failed${why}`,
    run,
    comparable: comparableFolders(run, runs),
  };
}

function interruptionNotice(run: RunOverview): EndNotice {
  const message = `${run.name} was interrupted at step ${currentStep(run)}: its host is gone. It can be resumed from its last checkpoint.`;
  return { kind: "warning", message, run, comparable: [] };
}

function comparableFolders(run: RunOverview, runs: readonly RunOverview[]): string[] {
  const finished = runs.filter((other) => other.status === "finished");
  const folders = newestOfEachVariant(finished, run).map(({ folder }) => folder);
  return folders.length > 1 ? folders : [];
}
