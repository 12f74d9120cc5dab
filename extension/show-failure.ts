import * as vscode from "vscode";
import { UserError } from "../contracts/user-error";

const SHOW_LOG = "Show Log";

/** Tells the user in one sentence what went wrong; an unexpected error's stack goes to the log only. */
export function showFailure(error: unknown, log: vscode.LogOutputChannel): void {
  if (error instanceof vscode.CancellationError) return;
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  void vscode.window.showErrorMessage(failureSentence(error), SHOW_LOG).then((choice) => {
    if (choice === SHOW_LOG) log.show();
  });
}

function failureSentence(error: unknown): string {
  if (error instanceof UserError) return `${error.message} ${error.advice}`.trim();
  const message = error instanceof Error ? error.message : String(error);
  return `Mixture of Skills could not do that: ${message}`;
}
