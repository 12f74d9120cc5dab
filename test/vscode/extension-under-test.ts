import * as path from "node:path";
import * as vscode from "vscode";
import type { Services } from "../../extension/services";

export const extensionId = "mixture-of-skills.mixture-of-skills";

/** The extension's own objects: `activate` returns them. */
export async function activated(): Promise<Services> {
  const extension = vscode.extensions.getExtension<Services>(extensionId);
  if (!extension) throw new Error(`${extensionId} is not there`);
  return extension.activate();
}

export const workspaceFolder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;

export const workspaceFile = (name: string): vscode.Uri =>
  vscode.Uri.file(path.join(workspaceFolder(), name));
