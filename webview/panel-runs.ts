import type { ProgressParams } from "../contracts/host-protocol";
import type { PanelRun, ToPanel } from "../contracts/panel-protocol";
import type { RunRecord, RunStatus } from "../contracts/run-folder";
import { addEvents, emptyRunView, type RunView } from "../run-view/run-view";

/** What a panel knows of one run. */
export interface PanelRunState {
  readonly record: RunRecord;
  readonly view: RunView;
  /** Of the live host; null before the first message of it and once the run has ended. */
  readonly progress: ProgressParams | null;
}

export interface PanelRuns {
  /** In the snapshot's order. */
  readonly runs: readonly PanelRunState[];
  /** Events are missing (a message was lost, or the run was resumed): a new snapshot must be asked for. */
  readonly incomplete: boolean;
}

export const noRuns: PanelRuns = { runs: [], incomplete: false };

const liveStatuses: readonly RunStatus[] = ["queued", "running", "stopping"];

export function isLive(status: RunStatus): boolean {
  return liveStatuses.includes(status);
}

/** The panel's state after one message. Messages about a run that the panel does not show are ignored. */
export function afterMessage(before: PanelRuns, message: ToPanel): PanelRuns {
  switch (message.type) {
    case "snapshot":
      return { runs: message.runs.map((run) => fromSnapshot(run, before)), incomplete: false };
    case "append":
      return afterAppend(before, message);
    case "progress":
      return replaceRun(before, message.runId, (run) =>
        isLive(run.view.status) ? { ...run, progress: message.progress } : run,
      );
  }
}

function fromSnapshot({ record, status, events }: PanelRun, before: PanelRuns): PanelRunState {
  const known = before.runs.find((run) => run.record.runId === record.runId);
  const progress = isLive(status) ? (known?.progress ?? null) : null;
  return { record, view: addEvents(emptyRunView(record), events, status), progress };
}

function afterAppend(before: PanelRuns, message: ToPanel & { type: "append" }): PanelRuns {
  const run = before.runs.find(({ record }) => record.runId === message.runId);
  if (!run) return before;
  const first = message.events[0];
  if (first && first.seq !== run.view.lastSeq + 1) return { ...before, incomplete: true };
  return replaceRun(before, message.runId, (known) => ({
    record: known.record,
    view: addEvents(known.view, message.events, message.status),
    progress: isLive(message.status) ? known.progress : null,
  }));
}

function replaceRun(
  before: PanelRuns,
  runId: string,
  change: (run: PanelRunState) => PanelRunState,
): PanelRuns {
  return {
    ...before,
    runs: before.runs.map((run) => (run.record.runId === runId ? change(run) : run)),
  };
}
