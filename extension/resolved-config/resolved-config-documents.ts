import * as vscode from "vscode";
import type { Plan } from "../../contracts/plan";
import { languageId, resolvedConfigScheme } from "../contribution-ids";
import { resolvedConfigText } from "./resolved-config";

/** Read-only documents that show plans. A plan is frozen, so a document never changes; its address holds the plan's hash. */
export class ResolvedConfigDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration: vscode.Disposable;

  constructor() {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(resolvedConfigScheme, this);
  }

  async show(plan: Plan): Promise<void> {
    const name = plan.name.replaceAll("/", " ");
    const uri = vscode.Uri.from({
      scheme: resolvedConfigScheme,
      path: `/${name} (resolved)`,
      // Two plans of equal meaning may differ in where their values come from.
      query: `${plan.hash}&${plan.file}`,
    });
    this.texts.set(uri.toString(), resolvedConfigText(plan));
    const document = await vscode.languages.setTextDocumentLanguage(
      await vscode.workspace.openTextDocument(uri),
      languageId,
    );
    await vscode.window.showTextDocument(document, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.texts.get(uri.toString()) ??
      "// This resolved config is of an earlier window. Close it and run Show Resolved Config again.\n"
    );
  }

  dispose(): void {
    this.registration.dispose();
  }
}
