import * as vscode from "vscode";
import { UserError } from "../../contracts/user-error";
import { connectHost } from "../../run-folder/host-client";
import { isLive, type RunOverview } from "../runs/run-overview";
import type { Services } from "../services";
import { chooseRuns } from "./choose-runs";

/** Asks hosts to finish the step, write a checkpoint and end. The runs can be resumed. */
export async function stop(services: Services, ...targets: unknown[]): Promise<void> {
  const runs = await chooseRuns(services, targets, {
    allows: (run) => isLive(run.status),
    title: "Stop Runs",
    none: "There is no live run to stop.",
  });
  const results = await Promise.allSettled(runs.map(stopRun));
  for (const run of runs) services.store.refresh(run.folder);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

async function stopRun(run: RunOverview): Promise<void> {
  if (run.status === "queued") {
    throw new UserError(
      "host-lost",
      `${run.name} is still queued, so there is no host to stop.`,
      "Stop it when it has started.",
    );
  }
  const host = await connectHost(run.folder, "vscode");
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: `Stopping ${run.name}` },
      () => host.stop(),
    );
  } finally {
    host.dispose();
  }
}
