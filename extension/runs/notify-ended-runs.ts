import * as vscode from "vscode";
import type { Panels } from "../panels/panels";
import { EndedRuns, type EndNotice } from "./ended-runs";
import type { RunStore } from "./run-store";

const SHOW_RUN = "Show Run";
const COMPARE = "Compare";

/** Tells about runs that end while this window is open. */
export function notifyEndedRuns(store: RunStore, panels: Panels): void {
  const ended = new EndedRuns();
  store.on("end", (run) => {
    const notice = ended.add(run, store.runs());
    if (notice) void show(notice, panels);
  });
}

async function show(notice: EndNotice, panels: Panels): Promise<void> {
  const actions = notice.comparable.length > 0 ? [SHOW_RUN, COMPARE] : [SHOW_RUN];
  const ask = {
    information: vscode.window.showInformationMessage,
    warning: vscode.window.showWarningMessage,
    error: vscode.window.showErrorMessage,
  }[notice.kind];
  const choice = await ask(notice.message, ...actions);
  if (choice === SHOW_RUN) panels.showRun(notice.run.folder);
  if (choice === COMPARE) panels.compare(notice.comparable);
}
