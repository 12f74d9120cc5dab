import * as vscode from "vscode";
import type { Services } from "../services";
import { chooseExperimentFile, plansOf } from "./experiment-file";
import { runnableItems } from "./plan-quick-pick";
import { startRuns } from "./start-runs";

/**
 * Starts an experiment with its variants, or a single one of them.
 * @param target Address of a `.mos` file (code lens, editor title); else the active editor's.
 * @param name What to run in it; else the user picks.
 */
export async function run(services: Services, target?: unknown, name?: unknown): Promise<void> {
  const document = await chooseExperimentFile(target);
  if (!document) return;
  const names = typeof name === "string" && name !== "" ? [name] : [];
  const plans = await plansOf(services, document, names);
  if (!plans) return;
  if (names.length > 0 || plans.length === 1) {
    await startRuns(services, plans);
    return;
  }
  const picked = await vscode.window.showQuickPick(runnableItems(plans), {
    title: "Run Experiment",
    placeHolder: "Experiment, or one of its variants",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked) await startRuns(services, picked.plans);
}
