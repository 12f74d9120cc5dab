import * as vscode from "vscode";
import type { Services } from "../services";

const NAME = "mixture-quickstart";

/**
 * Copies the quickstart's workspace, which comes with the extension, to a folder of the user's and opens it: an update of the
 * extension would delete runs that lie in its own folder.
 * @param target Folder to copy into; else the user picks one.
 */
export async function openQuickstart(services: Services, target?: unknown): Promise<void> {
  const parent = target instanceof vscode.Uri ? target : await pickFolder();
  if (!parent) return;
  const quickstart = vscode.Uri.joinPath(parent, NAME);
  if (!(await exists(quickstart))) await copyWorkspace(services.quickstart, quickstart);
  const window = vscode.workspace.workspaceFolders ? { forceNewWindow: true } : { forceReuseWindow: true };
  await vscode.commands.executeCommand("vscode.openFolder", quickstart, window);
}

/** Leaves out hidden folders: in a checkout the quickstart's own runs lie beside it. */
async function copyWorkspace(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  for (const [name] of await vscode.workspace.fs.readDirectory(from)) {
    if (name.startsWith(".")) continue;
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(from, name), vscode.Uri.joinPath(to, name));
  }
}

async function pickFolder(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: `Where should the folder ${NAME} be made?`,
    openLabel: "Put Quickstart Here",
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return picked?.[0];
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === "FileNotFound") return false;
    throw error;
  }
}
