import * as vscode from "vscode";
import type { Services } from "../services";

/** Runs `mos doctor` as a task: its terminal stays open, with what works here and what to do about the rest. */
export async function doctor(services: Services): Promise<void> {
  const { executable, environment } = services.runtime();
  const task = new vscode.Task(
    { type: "process" },
    vscode.workspace.workspaceFolders ? vscode.TaskScope.Workspace : vscode.TaskScope.Global,
    "Doctor",
    "Mixture of Skills",
    new vscode.ProcessExecution(executable, [services.bundle("mos.js"), "doctor"], {
      env: { ...environment },
    }),
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
    showReuseMessage: false,
  };
  await vscode.tasks.executeTask(task);
}
