import * as vscode from "vscode";
import { requestStop } from "../../run-folder/stop-run";
import { isLive } from "../runs/run-overview";
import type { Services } from "../services";
import { chooseRuns } from "./choose-runs";

/** Asks hosts to finish the step, write a checkpoint and end; takes waiting runs out of the queue. All can be resumed. */
export async function stop(services: Services, ...targets: unknown[]): Promise<void> {
  const runs = await chooseRuns(services, targets, {
    allows: (run) => isLive(run.status),
    title: "Stop Runs",
    none: "There is no live run to stop.",
  });
  // Waiting runs first: else the end of a running one would start the next.
  const inOrder = [...runs].sort((a, b) => Number(b.status === "queued") - Number(a.status === "queued"));
  const title = runs.length === 1 ? `Stopping ${runs[0]!.name}` : `Stopping ${runs.length} runs`;
  const results = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    Promise.allSettled(inOrder.map(({ folder }) => requestStop(folder, "vscode"))),
  );
  for (const { folder } of runs) services.store.refresh(folder);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
