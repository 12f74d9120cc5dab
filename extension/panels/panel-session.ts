import * as v from "valibot";
import {
  type FromPanel,
  fromPanelSchema,
  PANEL_PROTOCOL_VERSION,
  type PanelRun,
  type ToPanel,
} from "../../contracts/panel-protocol";
import type { RunEvent } from "../../contracts/run-event";
import type { RunRecord, RunStatus } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { readRunRecord } from "../../run-folder/run-files";
import { type RunWatch, watchRun } from "../../run-folder/run-watch";

/** What the panel asks the editor to do. */
export type PanelRequest = Exclude<FromPanel, { type: "ready" }>;

export interface PanelSessionHost {
  post(message: ToPanel): void;
  request(request: PanelRequest, folder: string | null): void;
  /** A sentence for the user. */
  problem(message: string): void;
}

interface FollowedRun {
  readonly folder: string;
  readonly record: RunRecord;
  /** Only until the snapshot is sent: the panel has them then. */
  events: RunEvent[];
  /** null until the first look at the folder is done. */
  status: RunStatus | null;
  watch: RunWatch | null;
}

/**
 * The extension's side of one panel: a complete snapshot when the page says `ready`, then what is new, nothing while the
 * panel is hidden (VS Code drops the page; shown again, it says `ready` again).
 */
export class PanelSession {
  private followed: FollowedRun[] = [];
  private snapshotSent = false;
  private disposed = false;

  constructor(
    readonly folders: readonly string[],
    private readonly host: PanelSessionHost,
    private readonly interval?: number,
  ) {}

  /** A message from the page, which is not trusted. */
  receive(message: unknown): void {
    const parsed = v.safeParse(fromPanelSchema, message);
    if (!parsed.success) {
      this.host.problem(`A panel sent a message that is not understood: ${parsed.issues[0].message}.`);
      return;
    }
    const request = parsed.output;
    if (request.type === "ready") this.begin();
    else this.host.request(request, "runId" in request ? this.folderOf(request.runId) : null);
  }

  /** The panel is hidden: its page is gone. */
  hide(): void {
    for (const run of this.followed) run.watch?.dispose();
    this.followed = [];
    this.snapshotSent = false;
  }

  dispose(): void {
    this.disposed = true;
    this.hide();
  }

  private begin(): void {
    this.hide();
    if (this.disposed) return;
    for (const folder of this.folders) {
      const record = this.read(folder);
      if (record) this.followed.push({ folder, record, events: [], status: null, watch: null });
    }
    // All are known before the first is followed: the snapshot goes out when the last has been looked at.
    for (const run of this.followed) run.watch = this.follow(run);
    if (this.followed.length === 0) this.sendSnapshot();
  }

  private read(folder: string): RunRecord | null {
    try {
      return readRunRecord(folder);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.host.problem(`A run of this panel is gone: ${error.message}`);
      return null;
    }
  }

  private follow(run: FollowedRun): RunWatch {
    return watchRun(
      run.folder,
      {
        events: (events) => this.addEvents(run, events),
        status: (status) => this.changeStatus(run, status),
        progress: (progress) => {
          if (this.snapshotSent) this.host.post({ type: "progress", runId: run.record.runId, progress });
        },
        // What the page has is no longer true: it gets everything again.
        reset: () => queueMicrotask(() => this.begin()),
      },
      { client: "vscode-panel", ...(this.interval === undefined ? {} : { interval: this.interval }) },
    );
  }

  private addEvents(run: FollowedRun, events: RunEvent[]): void {
    if (this.snapshotSent) this.append(run, events);
    else run.events.push(...events);
  }

  private changeStatus(run: FollowedRun, status: RunStatus): void {
    const isFirst = run.status === null;
    run.status = status;
    if (this.snapshotSent) this.append(run, []);
    else if (isFirst && this.followed.every((other) => other.status !== null)) this.sendSnapshot();
  }

  private append(run: FollowedRun, events: RunEvent[]): void {
    this.host.post({ type: "append", runId: run.record.runId, status: run.status ?? "running", events });
  }

  private sendSnapshot(): void {
    const runs = this.followed.map(
      ({ record, status, events }): PanelRun => ({ record, status: status ?? "interrupted", events }),
    );
    this.host.post({ type: "snapshot", protocol: PANEL_PROTOCOL_VERSION, runs });
    for (const run of this.followed) run.events = [];
    this.snapshotSent = true;
  }

  private folderOf(runId: string): string | null {
    return this.followed.find(({ record }) => record.runId === runId)?.folder ?? null;
  }
}
