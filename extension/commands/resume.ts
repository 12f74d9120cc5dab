import { launchRuns } from "../runs/launch-runs";
import { isResumable } from "../runs/run-overview";
import type { Services } from "../services";
import { chooseRuns } from "./choose-runs";
import { adopt, refuseUntrusted } from "./start-runs";

/** Starts hosts for runs that were stopped, interrupted or failed: they go on from their last checkpoint, as before. */
export function resume(services: Services, ...targets: unknown[]): Promise<void> {
  return resumeChosen(services, targets, false);
}

/** The same for runs whose backend is not to be had any more: what works here goes on, with numbers that differ a little. */
export function resumeByAnyBackend(services: Services, ...targets: unknown[]): Promise<void> {
  return resumeChosen(services, targets, true);
}

async function resumeChosen(
  services: Services,
  targets: readonly unknown[],
  anyBackend: boolean,
): Promise<void> {
  refuseUntrusted();
  const runs = await chooseRuns(services, targets, {
    allows: (run) => isResumable(run.status),
    title: anyBackend ? "Resume Runs by Any Backend" : "Resume Runs",
    none: "Only a stopped, interrupted or failed run can be resumed.",
  });
  if (runs.length === 0) return;
  const runFolders = runs.map((run) => run.folder);
  adopt(services, await launchRuns({ kind: "resume", runFolders, anyBackend }, await services.launcher()));
}
