import * as vscode from "vscode";
import { UserError } from "../../contracts/user-error";
import type { Services } from "../services";
import { runFoldersOf } from "./run-folders";
import { runItems } from "./run-quick-pick";

/** Opens the comparison of the runs it is called with, or of those that the user ticks in a list. */
export async function compareRuns(services: Services, ...targets: unknown[]): Promise<void> {
  const given = runFoldersOf(targets[0], targets[1]);
  const folders = given.length > 1 ? given : await pickFolders(services, given);
  if (folders.length > 1) services.panels.compare(folders);
}

async function pickFolders(services: Services, ticked: readonly string[]): Promise<string[]> {
  const runs = services.store.runs();
  if (runs.length < 2) {
    throw new UserError(
      "run-not-found",
      "There are not two runs to compare yet.",
      "Run an experiment first.",
    );
  }
  const selected = services.tree.selectedRuns.map((run) => run.folder);
  const items = runItems(runs, ticked.length > 0 ? ticked : selected);
  const picked = await vscode.window.showQuickPick(items, {
    title: "Compare Runs",
    placeHolder: "Tick two or more runs",
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked) return [];
  if (picked.length === 1) {
    throw new UserError("run-not-found", "One run cannot be compared with itself.", "Tick two or more.");
  }
  return picked.map((item) => item.run.folder);
}
