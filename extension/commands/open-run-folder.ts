import * as vscode from "vscode";
import type { Services } from "../services";
import { chooseRun } from "./choose-runs";

/** Shows the run's folder: in the explorer of the workspace when it lies there, else in the system's file browser. */
export async function openRunFolder(services: Services, ...targets: unknown[]): Promise<void> {
  const run = await chooseRun(services, targets, {
    allows: () => true,
    title: "Open Run Folder",
    none: "There is no run yet.",
  });
  if (!run) return;
  const uri = vscode.Uri.file(run.folder);
  const isInWorkspace = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(isInWorkspace ? "revealInExplorer" : "revealFileInOS", uri);
}
