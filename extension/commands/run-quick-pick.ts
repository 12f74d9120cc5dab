import * as path from "node:path";
import { describeRun, statusIcons } from "../runs/run-description";
import type { RunOverview } from "../runs/run-overview";

/** A `vscode.QuickPickItem` over one run. */
export interface RunItem {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly run: RunOverview;
  readonly picked?: boolean;
}

/** @param picked Folders that are ticked from the beginning. */
export function runItems(runs: readonly RunOverview[], picked: readonly string[] = []): RunItem[] {
  return runs.map((run) => ({
    label: `$(${statusIcons[run.status].icon}) ${run.name}`,
    description: describeRun(run),
    detail: `${run.runId} · ${path.basename(run.file)}`,
    run,
    ...(picked.includes(run.folder) ? { picked: true } : {}),
  }));
}
