/** What a command says and returns when the runs that it followed are over, or were left. */
import { canResume } from "../../run-folder/run-status";
import { type ExitCode, exitCodes } from "../exit-code";
import type { FollowEnd, FollowedRun } from "../follow-runs";
import type { Output } from "../terminal/output";
import { resumeHint } from "./resume-hint";

/** Ctrl-C outweighs all but that every run finished; then a failure outweighs an interruption. */
export function exitCodeOf(end: FollowEnd, runs: readonly FollowedRun[]): ExitCode {
  if (runs.every(({ view }) => view.status === "finished")) return exitCodes.done;
  if (end !== "over") return exitCodes.cancelled;
  return runs.some(({ view }) => view.status === "failed") ? exitCodes.failed : exitCodes.resumable;
}

/** Why runs did not finish, and how to go on with them. */
export function reportEnd(runs: readonly FollowedRun[], output: Output): void {
  for (const { view, folder } of runs) {
    if (!canResume(view.status)) continue;
    if (view.status === "failed" && view.failure !== null) {
      const { message, advice } = view.failure;
      output.err(`${output.errStyle.bad("failed:")} ${view.name}: ${message}`);
      if (advice !== "") output.err(advice);
    } else {
      output.err(`${view.name}: ${view.status} at step ${view.step}/${view.steps ?? "?"}`);
    }
    output.err(resumeHint(view, folder));
  }
}
