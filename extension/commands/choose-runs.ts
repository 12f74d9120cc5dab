import * as vscode from "vscode";
import { commandIds } from "../contribution-ids";
import type { RunOverview } from "../runs/run-overview";
import type { Services } from "../services";
import { runFoldersOf } from "./run-folders";
import { runItems } from "./run-quick-pick";

export interface RunChoice {
  /** Which runs the command can take. */
  readonly allows: (run: RunOverview) => boolean;
  /** Title of the list to choose from. */
  readonly title: string;
  /** What to say when there is no such run. */
  readonly none: string;
}

/**
 * The runs that a command is about: those it was called with, else the focused panel's only one, else what the user picks
 * from a list, where a focused comparison's runs or the selected ones are ticked; empty when the user picks none or there is none.
 */
export async function chooseRuns(
  services: Services,
  targets: readonly unknown[],
  choice: RunChoice,
): Promise<RunOverview[]> {
  const given = known(services, runFoldersOf(targets[0], targets[1]));
  if (given.length > 0) return allowedOrExplained(given, choice);
  const focused = known(services, services.panels.activeFolders).filter(choice.allows);
  if (focused.length === 1) return focused;
  return pickRuns(services, choice, true, focused);
}

export async function chooseRun(
  services: Services,
  targets: readonly unknown[],
  choice: RunChoice,
): Promise<RunOverview | undefined> {
  const given = known(services, runFoldersOf(targets[0]));
  if (given.length > 0) return allowedOrExplained(given, choice)[0];
  const focused = known(services, services.panels.activeFolders).filter(choice.allows);
  if (focused.length === 1) return focused[0];
  return (await pickRuns(services, choice, false))[0];
}

/** When there is nothing to pick from, the user is told. */
async function pickRuns(
  services: Services,
  choice: RunChoice,
  several: boolean,
  focused: readonly RunOverview[] = [],
): Promise<RunOverview[]> {
  const runs = services.store.runs().filter(choice.allows);
  if (runs.length === 0) {
    void sayThereIsNone(choice.none);
    return [];
  }
  if (several && runs.length === 1) return runs;
  const options = { title: choice.title, matchOnDescription: true, matchOnDetail: true };
  const ticked = focused.length > 0 ? focused : services.tree.selectedRuns;
  const items = runItems(
    runs,
    ticked.map(({ folder }) => folder),
  );
  if (several) {
    const picked = await vscode.window.showQuickPick(items, { ...options, canPickMany: true });
    return (picked ?? []).map((item) => item.run);
  }
  const picked = await vscode.window.showQuickPick(items, options);
  return picked ? [picked.run] : [];
}

function known(services: Services, folders: readonly string[]): RunOverview[] {
  return folders.flatMap((folder) => services.store.get(folder) ?? []);
}

function allowedOrExplained(runs: RunOverview[], choice: RunChoice): RunOverview[] {
  const allowed = runs.filter(choice.allows);
  if (allowed.length === 0) {
    void vscode.window.showInformationMessage(`${runs[0]!.name} is ${runs[0]!.status}. ${choice.none}`);
  }
  return allowed;
}

async function sayThereIsNone(sentence: string): Promise<void> {
  const start = "Run Experiment…";
  const choice = await vscode.window.showInformationMessage(sentence, start);
  if (choice === start) await vscode.commands.executeCommand(commandIds.run);
}
