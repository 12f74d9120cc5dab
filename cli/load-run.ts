/** A run whole, read from its folder. */
import type { RunEvent } from "../contracts/run-event";
import type { RunRecord, RunStatus } from "../contracts/run-folder";
import { findRun } from "../run-folder/find-runs";
import { type EventProblem, readEvents, readRunRecord } from "../run-folder/run-files";
import { runStatus } from "../run-folder/run-status";
import { addEvents, emptyRunView, type RunView } from "../run-view/run-view";
import { findRunsDirectory } from "./find-runs-directory";
import type { Output } from "./terminal/output";

export interface LoadedRun {
  folder: string;
  record: RunRecord;
  status: RunStatus;
  events: RunEvent[];
  view: RunView;
}

/** @throws UserError when there is no such run, or its folder is not readable. Lines that are no events are told to `output`. */
export function loadRun(run: string, runsDirectory: string | undefined, output: Output): LoadedRun {
  return loadRunFolder(findRun(findRunsDirectory(runsDirectory), run), output);
}

export function loadRunFolder(folder: string, output: Output): LoadedRun {
  const record = readRunRecord(folder);
  const status = runStatus(folder);
  const { events, problems } = readEvents(folder);
  for (const problem of problems) output.err(problemLine(problem, output));
  return { folder, record, status, events, view: addEvents(emptyRunView(record), events, status) };
}

function problemLine({ file, line, message }: EventProblem, { errStyle }: Output): string {
  return `${errStyle.warning("skipped:")} ${file}:${line}: ${message}`;
}
