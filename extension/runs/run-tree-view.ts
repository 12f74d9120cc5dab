import * as vscode from "vscode";
import { commandIds, contextKeys, viewIds } from "../contribution-ids";
import { isLive, type RunOverview } from "./run-overview";
import type { RunStore } from "./run-store";
import { type RunTreeNode, runTree } from "./run-tree";

/**
 * Time between refreshes of the tree. VS Code waits until no refresh has been asked for during 200 ms before it draws one
 * (ExtHostTreeView): asked more often than that, by a fast run, it would never draw again.
 */
const REFRESH_MILLISECONDS = 500;

/** The tree "Runs": experiments and their runs, live. */
export class RunTreeView implements vscode.TreeDataProvider<RunTreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<RunTreeNode>;
  private pendingRefresh: NodeJS.Timeout | null = null;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly store: RunStore) {
    this.view = vscode.window.createTreeView(viewIds.runs, {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    store.on("change", () => this.refreshSoon());
    this.refresh();
  }

  /** Runs selected in the tree; an experiment stands for none of its own. */
  get selectedRuns(): RunOverview[] {
    return this.view.selection.flatMap((node) => (node.kind === "run" ? [node.run] : []));
  }

  getChildren(node?: RunTreeNode): RunTreeNode[] {
    if (!node) return runTree(this.store.runs());
    return node.kind === "experiment" ? [...node.runs] : [];
  }

  getParent(node: RunTreeNode): RunTreeNode | undefined {
    if (node.kind === "experiment") return undefined;
    return runTree(this.store.runs()).find(({ runs }) => runs.some(({ id }) => id === node.id));
  }

  getTreeItem(node: RunTreeNode): vscode.TreeItem {
    return node.kind === "experiment" ? experimentItem(node) : runItem(node);
  }

  dispose(): void {
    if (this.pendingRefresh) clearTimeout(this.pendingRefresh);
    this.view.dispose();
    this.changed.dispose();
  }

  private refreshSoon(): void {
    this.pendingRefresh ??= setTimeout(() => {
      this.pendingRefresh = null;
      this.refresh();
    }, REFRESH_MILLISECONDS);
  }

  private refresh(): void {
    const runs = this.store.runs();
    const live = runs.filter((run) => isLive(run.status)).length;
    this.changed.fire();
    this.view.badge =
      live > 0 ? { value: live, tooltip: live === 1 ? "1 live run" : `${live} live runs` } : undefined;
    void vscode.commands.executeCommand("setContext", contextKeys.hasRuns, runs.length > 0);
    void vscode.commands.executeCommand("setContext", contextKeys.hasLiveRuns, live > 0);
  }
}

function experimentItem(node: Extract<RunTreeNode, { kind: "experiment" }>): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = node.id;
  item.description = node.description;
  item.tooltip = node.tooltip;
  item.iconPath = new vscode.ThemeIcon("beaker");
  item.contextValue = node.contextValue;
  item.accessibilityInformation = { label: node.accessibleLabel };
  return item;
}

function runItem(node: Extract<RunTreeNode, { kind: "run" }>): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = node.description;
  item.tooltip = new vscode.MarkdownString(node.tooltip);
  item.iconPath = new vscode.ThemeIcon(node.icon, node.color ? new vscode.ThemeColor(node.color) : undefined);
  item.contextValue = node.contextValue;
  item.accessibilityInformation = { label: node.accessibleLabel };
  item.command = { command: commandIds.showRun, title: "Show Run", arguments: [node.run.folder] };
  return item;
}
