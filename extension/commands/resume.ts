import { launchRuns } from "../runs/launch-runs";
import { isResumable } from "../runs/run-overview";
import type { Services } from "../services";
import { chooseRuns } from "./choose-runs";
import { adopt, refuseUntrusted } from "./start-runs";

/** Starts hosts for runs that were stopped, interrupted or failed: they go on from their last checkpoint. */
export async function resume(services: Services, ...targets: unknown[]): Promise<void> {
  refuseUntrusted();
  const runs = await chooseRuns(services, targets, {
    allows: (run) => isResumable(run.status),
    title: "Resume Runs",
    none: "Only a stopped, interrupted or failed run can be resumed.",
  });
  if (runs.length === 0) return;
  const runFolders = runs.map((run) => run.folder);
  adopt(services, await launchRuns({ kind: "resume", runFolders, anyBackend: false }, services.launcher()));
}
