import type { Services } from "../services";
import { chooseRun } from "./choose-runs";

/** Opens a panel in which a run's model answers prompts as it was before training and as it is at the last checkpoint. */
export async function tryModel(services: Services, ...targets: unknown[]): Promise<void> {
  const run = await chooseRun(services, targets, {
    allows: ({ status }) => status !== "queued",
    title: "Try the Model of a Run",
    none: "There is no model to try before a run has started.",
  });
  if (run) services.panels.tryModel(run.folder);
}
