import * as vscode from "vscode";
import { commandIds } from "../contribution-ids";
import { isLive } from "../runs/run-overview";
import type { RunStore } from "../runs/run-store";
import { statusBarText } from "./status-bar-text";

/** Progress of the live runs, and beside it the button that stops them. Hidden when nothing runs. */
export class RunStatusBar implements vscode.Disposable {
  private readonly progress = vscode.window.createStatusBarItem(
    "mos.progress",
    vscode.StatusBarAlignment.Left,
    51,
  );
  private readonly stop = vscode.window.createStatusBarItem("mos.stop", vscode.StatusBarAlignment.Left, 50);

  constructor(private readonly store: RunStore) {
    this.progress.name = "Mixture of Skills: Runs";
    this.stop.name = "Mixture of Skills: Stop";
    this.stop.text = "$(debug-stop)";
    this.stop.command = commandIds.stop;
    store.on("change", () => this.refresh());
    this.refresh();
  }

  dispose(): void {
    this.progress.dispose();
    this.stop.dispose();
  }

  private refresh(): void {
    const live = this.store.runs().filter((run) => isLive(run.status));
    const text = statusBarText(live);
    if (!text) {
      this.progress.hide();
      this.stop.hide();
      return;
    }
    this.progress.text = text.text;
    this.progress.tooltip = text.tooltip;
    this.progress.accessibilityInformation = { label: text.accessibleLabel, role: "button" };
    this.progress.command = showCommand(live.map((run) => run.folder));
    const stopLabel = live.length === 1 ? `Stop ${live[0]!.name}` : "Stop runs…";
    this.stop.tooltip = stopLabel;
    this.stop.accessibilityInformation = { label: stopLabel, role: "button" };
    this.progress.show();
    this.stop.show();
  }
}

function showCommand(folders: readonly string[]): vscode.Command {
  return folders.length === 1
    ? { command: commandIds.showRun, title: "Show Run", arguments: [folders[0]] }
    : { command: commandIds.compareRuns, title: "Compare Runs", arguments: [folders] };
}
