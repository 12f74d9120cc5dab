import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import * as v from "valibot";
import * as vscode from "vscode";
import { readRunRecord } from "../../run-folder/run-files";
import { panelIds } from "../contribution-ids";
import { type TryModel, TrySession } from "../try-model/try-session";
import { type PanelState, panelHtml } from "./panel-html";
import { type PanelRequest, PanelSession } from "./panel-session";

type PanelKind = keyof typeof panelIds;

/** The extension's end of a panel: what its page says, and when it is gone. */
interface Session {
  receive(message: unknown): void;
  hide(): void;
  dispose(): void;
}

interface OpenPanel {
  readonly kind: PanelKind;
  readonly folders: readonly string[];
  readonly panel: vscode.WebviewPanel;
}

export interface PanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Name of the run in this folder, for titles. */
  nameOf(folder: string): string | null;
  request(request: PanelRequest, folder: string | null): void;
  /** Starts a process that will hold a model. */
  startModel(): TryModel;
}

const stateSchema = v.object({ runFolders: v.array(v.pipe(v.string(), v.nonEmpty())) });

const bundles: Record<PanelKind, { name: string; icon: string }> = {
  run: { name: "run-panel", icon: "run-panel" },
  comparison: { name: "comparison-panel", icon: "comparison-panel" },
  try: { name: "try-panel", icon: "try-panel" },
};

/** Opens, shows again and restores all panels. */
export class Panels implements vscode.Disposable {
  private readonly open: OpenPanel[] = [];
  private readonly disposables: vscode.Disposable[] = [];

  constructor(private readonly options: PanelsOptions) {
    for (const kind of Object.keys(panelIds) as PanelKind[]) {
      this.disposables.push(
        vscode.window.registerWebviewPanelSerializer(panelIds[kind], {
          deserializeWebviewPanel: async (panel, state) => this.restore(kind, panel, state),
        }),
      );
    }
  }

  showRun(folder: string): void {
    this.show("run", [folder]);
  }

  compare(folders: readonly string[]): void {
    this.show("comparison", folders);
  }

  tryModel(folder: string): void {
    this.show("try", [folder]);
  }

  /** Run folders of the panel that has the focus. */
  get activeFolders(): readonly string[] {
    return this.open.find(({ panel }) => panel.active)?.folders ?? [];
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private show(kind: PanelKind, folders: readonly string[]): void {
    const known = this.open.find((other) => other.kind === kind && sameFolders(other.folders, folders));
    if (known) {
      known.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      panelIds[kind],
      this.titleOf(kind, folders),
      { viewColumn: vscode.ViewColumn.Active, preserveFocus: false },
      { enableFindWidget: true },
    );
    this.attach(kind, folders, panel);
  }

  /** The state comes from the page of an earlier window: nothing in it is taken for granted. */
  private restore(kind: PanelKind, panel: vscode.WebviewPanel, state: unknown): void {
    const parsed = v.safeParse(stateSchema, state);
    if (parsed.success) {
      this.attach(kind, parsed.output.runFolders, panel);
    } else {
      this.options.log.warn("A panel was not restored: it did not say which runs it showed.");
      panel.dispose();
    }
  }

  private attach(kind: PanelKind, folders: readonly string[], panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const session = this.openSession(kind, folders, webview);
    if (session === null) {
      panel.dispose();
      return;
    }
    const entry: OpenPanel = { kind, folders, panel };
    this.open.push(entry);
    panel.title = this.titleOf(kind, folders);
    panel.iconPath = this.icon(bundles[kind].icon);
    webview.onDidReceiveMessage((message) => session.receive(message));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) session.hide();
    });
    panel.onDidDispose(() => {
      session.dispose();
      this.open.splice(this.open.indexOf(entry), 1);
    });
    const scripts = vscode.Uri.joinPath(this.options.extensionUri, "dist", "webview");
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [scripts] };
    const { name } = bundles[kind];
    const state: PanelState = { runFolders: folders };
    webview.html = panelHtml({
      title: panel.title,
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(scripts, `${name}.js`)).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(scripts, `${name}.css`)).toString(),
      nonce: randomBytes(16).toString("base64url"),
      state,
    });
  }

  /** null when the run to try is not there any more: the log says why. */
  private openSession(kind: PanelKind, folders: readonly string[], webview: vscode.Webview): Session | null {
    const post = (message: unknown) => void webview.postMessage(message);
    const problem = (message: string) => this.options.log.warn(message);
    if (kind !== "try")
      return new PanelSession(folders, {
        post,
        problem,
        request: (...request) => this.options.request(...request),
      });
    const folder = folders[0]!;
    try {
      // Both models answer at the same time.
      const threads = Math.max(1, Math.floor(availableParallelism() / 2));
      const startModel = () => this.options.startModel();
      return new TrySession(folder, readRunRecord(folder).plan, { post, problem, startModel, threads });
    } catch (error) {
      problem((error as Error).message);
      return null;
    }
  }

  private titleOf(kind: PanelKind, folders: readonly string[]): string {
    const names = folders.map((folder) => this.options.nameOf(folder)).filter((name) => name !== null);
    if (kind === "run") return names[0] ?? "Run";
    if (kind === "try") return `Try: ${names[0] ?? "Run"}`;
    const experiments = new Set(names.map((name) => name.split("/", 1)[0]));
    return experiments.size === 1 ? `Compare: ${[...experiments][0]}` : `Compare ${folders.length} runs`;
  }

  private icon(name: string): { light: vscode.Uri; dark: vscode.Uri } {
    const file = (theme: string) =>
      vscode.Uri.joinPath(this.options.extensionUri, "media", `${name}-${theme}.svg`);
    return { light: file("light"), dark: file("dark") };
  }
}

function sameFolders(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((folder) => b.includes(folder));
}
