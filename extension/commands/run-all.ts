import type { Services } from "../services";
import { chooseExperimentFile, plansOf } from "./experiment-file";
import { startRuns } from "./start-runs";

/** Starts everything that a `.mos` file asks for. */
export async function runAll(services: Services, target?: unknown): Promise<void> {
  const document = await chooseExperimentFile(target);
  if (!document) return;
  const plans = await plansOf(services, document, []);
  if (plans) await startRuns(services, plans);
}
