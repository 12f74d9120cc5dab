import * as vscode from "vscode";
import { hubTokenProblem } from "../hub-token";
import type { Services } from "../services";

/** Asks for a token of the Hugging Face Hub and keeps it in the system's keychain, for the runs that this editor starts. */
export async function setHubToken({ hubToken }: Services): Promise<void> {
  const token = await vscode.window.showInputBox({
    title: "Set Hugging Face Token",
    prompt:
      "For private and gated models and datasets. Make one, with read access, at https://huggingface.co/settings/tokens.",
    placeHolder: "hf_…",
    password: true,
    ignoreFocusOut: true,
    validateInput: hubTokenProblem,
  });
  if (token === undefined || hubTokenProblem(token) !== null) return;
  await hubToken.set(token);
  void vscode.window.showInformationMessage(
    "The Hugging Face token is kept in your keychain. Runs that you start or resume from now on use it.",
  );
}
