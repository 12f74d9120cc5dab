import { currentStep, formatDuration, timeLeftText } from "../runs/run-description";
import { isLive, type RunOverview } from "../runs/run-overview";

export interface StatusBarText {
  /** With codicons. */
  readonly text: string;
  readonly accessibleLabel: string;
  /** Plain lines. */
  readonly tooltip: string;
}

/** null: nothing runs or waits, the item is hidden. */
export function statusBarText(runs: readonly RunOverview[]): StatusBarText | null {
  const live = runs.filter((run) => isLive(run.status));
  if (live.length === 0) return null;
  const active = live.filter((run) => run.status !== "queued");
  const queued = live.length - active.length;
  const single = active.length === 1 ? active[0]! : null;
  const what = single ? single.name : active.length === 0 ? "Runs" : `${active.length} runs`;
  // While runs wait, the end of those that run is not the end.
  const rest = queued > 0 ? `${queued} queued` : waitText(active);
  const parts = [what, progressText(active), rest];
  const words = parts.filter((part) => part !== null).join(" · ");
  return {
    text: `$(${active.length > 0 ? "loading~spin" : "clock"}) ${words}`,
    accessibleLabel: `Mixture of Skills: ${words.replaceAll(" · ", ", ")}`,
    tooltip: live.map(lineOf).join("\n"),
  };
}

/** Share of all steps of the active runs; null before any run has counted its steps. */
function progressText(active: readonly RunOverview[]): string | null {
  if (active.length > 0 && active.every((run) => run.status === "stopping")) return "stopping";
  const counted = active.filter((run) => run.steps !== null && run.steps > 0);
  if (counted.length === 0) return active.length > 0 ? "starting" : null;
  const done = counted.reduce((sum, run) => sum + currentStep(run), 0);
  const all = counted.reduce((sum, run) => sum + run.steps!, 0);
  return `${Math.min(100, Math.floor((100 * done) / all))} %`;
}

/** The longest of the active runs' estimates. */
function waitText(active: readonly RunOverview[]): string | null {
  const seconds = active.flatMap((run) => {
    const left = run.status === "running" ? (run.progress?.secondsLeft ?? null) : null;
    return left === null ? [] : [left];
  });
  return seconds.length === 0 ? null : `${formatDuration(Math.max(...seconds))} left`;
}

function lineOf(run: RunOverview): string {
  const step = run.steps === null ? null : `step ${currentStep(run)} of ${run.steps}`;
  return [run.name, run.status, step, timeLeftText(run)].filter((part) => part !== null).join(" · ");
}
