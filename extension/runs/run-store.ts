import { EventEmitter } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { type RunRecord, type RunStatus, runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { readEvents, readRunRecord } from "../../run-folder/run-files";
import { runStatus } from "../../run-folder/run-status";
import { type RunWatch, watchRun } from "../../run-folder/run-watch";
import { addEventsToOverview, isLive, newestFirst, overviewOfRun, type RunOverview } from "./run-overview";

interface StoreEvents {
  /** The runs are others than before, or say something else. At most once per `quietMilliseconds`. */
  change: [];
  /** A run that was seen alive has ended. */
  end: [run: RunOverview];
  /** A folder that looks like a run's and cannot be read. */
  problem: [message: string];
}

interface Entry {
  record: RunRecord;
  overview: RunOverview;
  /** null while the run is over: nothing will change in the folder by itself. */
  watch: RunWatch | null;
}

export interface RunStoreOptions {
  /** Changes within this time become one `change` event: progress comes four times a second from every run. */
  quietMilliseconds?: number;
  /** Milliseconds between looks at the folder of a live run when nothing announces a change. */
  interval?: number;
}

/** The runs that this window knows, each read from its folder and followed while it is alive. */
export class RunStore extends EventEmitter<StoreEvents> {
  private readonly entries = new Map<string, Entry>();
  private pendingChange: NodeJS.Timeout | null = null;

  constructor(private readonly options: RunStoreOptions = {}) {
    super();
  }

  /** Newest first. */
  runs(): RunOverview[] {
    return newestFirst([...this.entries.values()].map((entry) => entry.overview));
  }

  get(folder: string): RunOverview | undefined {
    return this.entries.get(normalize(folder))?.overview;
  }

  record(folder: string): RunRecord | undefined {
    return this.entries.get(normalize(folder))?.record;
  }

  /** Reads the run, or looks at a known one again: it may have been resumed from elsewhere, or be gone. */
  refresh(runFolder: string): void {
    const folder = normalize(runFolder);
    const known = this.entries.get(folder);
    if (!fs.existsSync(path.join(folder, runFolderLayout.plan))) {
      this.remove(folder);
      return;
    }
    try {
      if (known?.watch) known.watch.refresh();
      else this.read(folder);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.emit("problem", error.message);
    }
  }

  remove(runFolder: string): void {
    const folder = normalize(runFolder);
    const entry = this.entries.get(folder);
    if (!entry) return;
    entry.watch?.dispose();
    this.entries.delete(folder);
    this.changeSoon();
  }

  dispose(): void {
    for (const entry of this.entries.values()) entry.watch?.dispose();
    this.entries.clear();
    if (this.pendingChange) clearTimeout(this.pendingChange);
    this.removeAllListeners();
  }

  private read(folder: string): void {
    const record = readRunRecord(folder);
    const status = runStatus(folder);
    if (isLive(status)) {
      const overview = overviewOfRun(folder, record, status, []);
      this.entries.set(folder, { record, overview, watch: this.follow(folder) });
    } else {
      const { events } = readEvents(folder, 0);
      const overview = overviewOfRun(folder, record, status, events);
      this.entries.set(folder, { record, overview, watch: null });
    }
    this.changeSoon();
  }

  private follow(folder: string): RunWatch {
    return watchRun(
      folder,
      {
        events: (events) => this.update(folder, (overview) => addEventsToOverview(overview, events)),
        reset: () => this.update(folder, (overview) => this.withoutEvents(overview)),
        status: (status) => this.changeStatus(folder, status),
        progress: (progress) => this.update(folder, (overview) => ({ ...overview, progress })),
      },
      {
        client: "vscode",
        ...(this.options.interval === undefined ? {} : { interval: this.options.interval }),
      },
    );
  }

  private update(folder: string, change: (overview: RunOverview) => RunOverview): void {
    const entry = this.entries.get(folder);
    if (!entry) return;
    entry.overview = change(entry.overview);
    this.changeSoon();
  }

  private withoutEvents(overview: RunOverview): RunOverview {
    const entry = this.entries.get(overview.folder)!;
    return overviewOfRun(overview.folder, entry.record, overview.status, []);
  }

  private changeStatus(folder: string, status: RunStatus): void {
    const entry = this.entries.get(folder);
    if (!entry) return;
    this.update(folder, (overview) => ({ ...overview, status }));
    if (isLive(status)) return;
    entry.watch?.dispose();
    entry.watch = null;
    this.update(folder, (overview) => ({ ...overview, progress: null }));
    // The folder itself may have been deleted under a live run; then there is nothing to tell.
    if (fs.existsSync(path.join(folder, runFolderLayout.plan))) this.emit("end", entry.overview);
    else this.remove(folder);
  }

  private changeSoon(): void {
    this.pendingChange ??= setTimeout(() => {
      this.pendingChange = null;
      this.emit("change");
    }, this.options.quietMilliseconds ?? 100);
  }
}

function normalize(folder: string): string {
  return path.resolve(folder);
}
