import * as vscode from "vscode";
import type { Services } from "../services";

/** Takes the token out of the keychain again. */
export async function forgetHubToken({ hubToken }: Services): Promise<void> {
  const wasSet = await hubToken.isSet();
  await hubToken.forget();
  void vscode.window.showInformationMessage(
    wasSet
      ? "The Hugging Face token is forgotten. Runs use HF_TOKEN or Python's token file, if there is one."
      : "This editor has no Hugging Face token.",
  );
}
