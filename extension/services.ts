import type * as vscode from "vscode";
import type { HubToken } from "./hub-token";
import type { MosLanguageClient } from "./language-client";
import type { Panels } from "./panels/panels";
import type { ResolvedConfigDocuments } from "./resolved-config/resolved-config-documents";
import type { LauncherProgram } from "./runs/launch-runs";
import type { NodeRuntime } from "./runs/node-runtime";
import type { RunStore } from "./runs/run-store";
import type { RunTreeView } from "./runs/run-tree-view";
import type { WorkspaceRuns } from "./runs/workspace-runs";

/** What commands work with. */
export interface Services {
  readonly language: MosLanguageClient;
  readonly store: RunStore;
  readonly workspaceRuns: WorkspaceRuns;
  readonly tree: RunTreeView;
  readonly panels: Panels;
  readonly resolvedConfigs: ResolvedConfigDocuments;
  readonly log: vscode.LogOutputChannel;
  /** The workspace that comes with the extension. */
  readonly quickstart: vscode.Uri;
  /** Holds the native TensorFlow that the extension has installed, if it has. */
  readonly tensorflowFolder: string;
  /** Absolute path of a bundle in `dist/`. */
  bundle(name: string): string;
  /** As the settings say now. */
  runtime(): NodeRuntime;
  /** With the user's token for the Hub, if there is one. */
  launcher(): Promise<LauncherProgram>;
  readonly hubToken: HubToken;
}
