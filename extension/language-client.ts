import * as path from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import {
  languageMethods,
  type PlansParams,
  type PlansResult,
  plansResultSchema,
} from "../contracts/language-protocol";
import { UserError } from "../contracts/user-error";
import { languageId } from "./contribution-ids";

/** The language server's process, and our own requests to it. */
export class MosLanguageClient {
  private readonly client: LanguageClient;
  private readonly started: Promise<void>;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    const module = context.asAbsolutePath(path.join("dist", "language-server.js"));
    this.client = new LanguageClient(
      languageId,
      // VS Code says "The ... server crashed".
      "Mixture of Skills language",
      { module, transport: TransportKind.ipc },
      {
        // Not the read-only documents of resolved plans, which only borrow the colours.
        documentSelector: [
          { language: languageId, scheme: "file" },
          { language: languageId, scheme: "untitled" },
        ],
        // Data files and imports are checked too: the server looks again when they come, change or go.
        synchronize: {
          fileEvents: [
            vscode.workspace.createFileSystemWatcher("**/*.mos"),
            vscode.workspace.createFileSystemWatcher("**/*.{jsonl,json,csv}"),
          ],
        },
        outputChannel: log,
      },
    );
    this.started = this.client.start();
    this.started.catch((error: unknown) => log.error(`The language server did not start: ${error}`));
  }

  /** @throws UserError when the server is not there or answers with what is not a plan. */
  async plans(params: PlansParams): Promise<PlansResult> {
    const result = v.safeParse(plansResultSchema, await this.request(languageMethods.plans, params));
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new UserError(
      "bad-plan",
      `The language server's answer is not a plan: ${v.getDotPath(issue) ?? "answer"}: ${issue.message}.`,
      "Reload the window after an update of the extension.",
    );
  }

  private async request(method: string, params: unknown): Promise<unknown> {
    try {
      await this.started;
      return await this.client.sendRequest(method, params);
    } catch (error) {
      throw new UserError(
        "bad-plan",
        `The language server did not resolve the experiments: ${(error as Error).message}.`,
        "If it has stopped, reload the window.",
        { cause: error },
      );
    }
  }

  async dispose(): Promise<void> {
    await this.client.dispose();
  }
}
