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
import { languageId } from "./contribution-ids";

/** The language server's process, and our own requests to it. */
export class MosLanguageClient {
  private readonly client: LanguageClient;
  private readonly started: Promise<void>;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    const module = context.asAbsolutePath(path.join("dist", "language-server.js"));
    this.client = new LanguageClient(
      languageId,
      "Mixture of Skills Language Server",
      { module, transport: TransportKind.ipc },
      {
        documentSelector: [{ language: languageId }],
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

  /** @throws when the server is not there or answers with what is not a plan. */
  async plans(params: PlansParams): Promise<PlansResult> {
    await this.started;
    const result: unknown = await this.client.sendRequest(languageMethods.plans, params);
    return v.parse(plansResultSchema, result);
  }

  async dispose(): Promise<void> {
    await this.client.dispose();
  }
}
