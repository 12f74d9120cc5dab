import type { Services } from "../services";
import { chooseRun } from "./choose-runs";

/** Opens the run panel. */
export async function showRun(services: Services, ...targets: unknown[]): Promise<void> {
  const run = await chooseRun(services, targets, {
    allows: () => true,
    title: "Show Run",
    none: "There is no run yet.",
  });
  if (run) services.panels.showRun(run.folder);
}
