import * as path from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import type { Plan } from "../../contracts/plan";
import { DEFAULT_RUNS_DIRECTORY } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { settingIds } from "../contribution-ids";
import { type LaunchedRuns, launchRuns } from "../runs/launch-runs";
import type { Services } from "../services";

/** More runs than this at once are started only when the user says so. */
const ASK_ABOVE = 10;

/** Freezes the plans into run folders, starts their hosts in the background and shows the runs. */
export async function startRuns(services: Services, plans: readonly Plan[]): Promise<void> {
  refuseUntrusted();
  if (plans.length > ASK_ABOVE && !(await isConfirmed(plans.length))) return;
  const request = {
    kind: "run" as const,
    plans: [...plans],
    runsDirectory: path.join(plans[0]!.baseDirectory, DEFAULT_RUNS_DIRECTORY),
    parallel: parallelSetting(),
  };
  const title = plans.length === 1 ? `Starting ${plans[0]!.name}` : `Starting ${plans.length} runs`;
  const runs = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title },
    async () => launchRuns(request, await services.launcher()),
  );
  adopt(services, runs);
  if (runs.length === 1) services.panels.showRun(runs[0]!.folder);
  else services.panels.compare(runs.map((run) => run.folder));
}

/** Shows the runs at once, without waiting for the file watcher. */
export function adopt(services: Services, runs: LaunchedRuns): void {
  for (const run of runs) {
    services.log.info(`Started ${run.name} in ${run.folder}`);
    services.store.refresh(run.folder);
  }
}

/** The commands are disabled in Restricted Mode, but other extensions and keys can still call them. */
export function refuseUntrusted(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError(
    "cancelled",
    "Training does not start in a workspace that you do not trust.",
    "Trust it with the command Workspaces: Manage Workspace Trust.",
  );
}

function parallelSetting(): number | null {
  const value = vscode.workspace.getConfiguration().get(settingIds.parallel);
  const parsed = v.safeParse(v.pipe(v.number(), v.integer(), v.minValue(1)), value);
  return parsed.success ? parsed.output : null;
}

async function isConfirmed(count: number): Promise<boolean> {
  const start = `Start ${count} Runs`;
  const choice = await vscode.window.showWarningMessage(
    `This starts ${count} training runs.`,
    { modal: true, detail: "They run one after the other, or as many at a time as `launch.parallel` says." },
    start,
  );
  return choice === start;
}
