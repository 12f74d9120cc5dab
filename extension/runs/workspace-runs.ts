import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { DEFAULT_RUNS_DIRECTORY, runFolderLayout } from "../../contracts/run-folder";
import { languageId } from "../contribution-ids";
import type { RunStore } from "./run-store";

const RUN_RECORDS = `**/${DEFAULT_RUNS_DIRECTORY}/*/${runFolderLayout.plan}`;
/** The record makes a run; the other two say that somebody takes it up or leaves it. */
const RUN_MARKS = `${DEFAULT_RUNS_DIRECTORY}/*/{${runFolderLayout.plan},${runFolderLayout.discovery},${runFolderLayout.launcher}}`;
const NOT_SEARCHED = "**/node_modules/**";

/** Keeps the store to the run folders of the workspace, and of `.mos` files opened from elsewhere. */
export class WorkspaceRuns implements vscode.Disposable {
  private readonly watchers = new Map<string, vscode.Disposable>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly store: RunStore) {
    this.disposables = [
      vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
        for (const { uri } of removed) this.leave(uri.fsPath);
        void this.search();
      }),
      vscode.workspace.onDidOpenTextDocument((document) => this.considerDocument(document)),
    ];
    for (const document of vscode.workspace.textDocuments) this.considerDocument(document);
  }

  /** Looks for runs everywhere again. */
  async search(): Promise<void> {
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== "file") continue;
      this.watch(uri.fsPath, `**/${RUN_MARKS}`);
      const pattern = new vscode.RelativePattern(uri, RUN_RECORDS);
      const records = await vscode.workspace.findFiles(pattern, NOT_SEARCHED);
      await this.readAll(records.map((record) => path.dirname(record.fsPath)));
    }
    for (const run of this.store.runs()) this.store.refresh(run.folder);
  }

  dispose(): void {
    for (const disposable of [...this.disposables, ...this.watchers.values()]) disposable.dispose();
    this.watchers.clear();
  }

  private considerDocument(document: vscode.TextDocument): void {
    if (document.languageId !== languageId || document.uri.scheme !== "file") return;
    if (vscode.workspace.getWorkspaceFolder(document.uri)) return;
    const folder = path.dirname(document.uri.fsPath);
    if (this.watchers.has(folder)) return;
    this.watch(folder, RUN_MARKS);
    void this.readAll(runFoldersIn(path.join(folder, DEFAULT_RUNS_DIRECTORY)));
  }

  /** One after the other with pauses: hundreds of runs must not hold up the extension host. */
  private async readAll(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      this.store.refresh(folder);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private watch(folder: string, glob: string): void {
    if (this.watchers.has(folder)) return;
    const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), glob);
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const look = (uri: vscode.Uri) => this.store.refresh(path.dirname(uri.fsPath));
    watcher.onDidCreate(look);
    watcher.onDidChange(look);
    watcher.onDidDelete(look);
    this.watchers.set(folder, watcher);
  }

  private leave(folder: string): void {
    this.watchers.get(folder)?.dispose();
    this.watchers.delete(folder);
    this.store.retain((run) => !isInside(run.folder, folder));
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return !relative.startsWith("..") && !path.isAbsolute(relative);
}

function runFoldersIn(runsDirectory: string): string[] {
  if (!fs.existsSync(runsDirectory)) return [];
  return fs
    .readdirSync(runsDirectory)
    .map((name) => path.join(runsDirectory, name))
    .filter((folder) => fs.existsSync(path.join(folder, runFolderLayout.plan)));
}
