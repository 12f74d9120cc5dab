/**
 * Follows one run: its events as they are written, its status, and its host's progress while one lives.
 * The folder is the truth: events come from the file alone, the socket only adds progress and makes the tailing prompt.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ProgressParams } from "../contracts/host-protocol";
import type { RunEvent } from "../contracts/run-event";
import { type RunStatus, runFolderLayout } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { connectHost, type HostClient } from "./host-client";
import { type EventProblem, readEvents } from "./run-files";
import { runStatus } from "./run-status";

export interface RunListener {
  /** New events, complete and in order, each exactly once since the last `reset`; the first call has all there are. */
  events?(events: RunEvent[]): void;
  /**
   * The log was cut (a resumed run drops what it wrote after its checkpoint): forget the events; those that remain
   * follow through `events`.
   */
  reset?(): void;
  /** Once at the beginning, after the first events, then whenever it changes. */
  status?(status: RunStatus): void;
  progress?(progress: ProgressParams): void;
  /** Lines of the log that are no events. */
  problem?(problem: EventProblem): void;
}

export interface WatchOptions {
  /** Milliseconds between looks at the folder when nothing announces a change. */
  interval?: number;
  /** Names the client in the host's log. */
  client?: string;
}

export interface RunWatch {
  /** Looks now: when this returns, the listener has heard everything that was in the folder. */
  refresh(): void;
  dispose(): void;
}

/** Begins on the next turn of the event loop, so that the caller holds the watch when the listener is first called. */
export function watchRun(folder: string, listener: RunListener, options: WatchOptions = {}): RunWatch {
  return new FolderWatch(folder, listener, options);
}

const DEFAULT_INTERVAL = 500;
/** Several changes within this time are read at once. */
const SETTLE = 20;
const RECONNECT = 2000;

class FolderWatch implements RunWatch {
  private offset = 0;
  /** The line that ends at `offset`, whole: a resumed run repeats all of it but the time at its beginning. */
  private lastLine: Buffer = Buffer.alloc(0);
  private status: RunStatus | null = null;
  private client: HostClient | null = null;
  private connecting = false;
  private nextConnection = 0;
  private disposed = false;
  private soon: NodeJS.Timeout | null = null;
  private readonly timer: NodeJS.Timeout;
  private readonly watcher: fs.FSWatcher | null;

  constructor(
    private readonly folder: string,
    private readonly listener: RunListener,
    private readonly options: WatchOptions,
  ) {
    this.timer = setInterval(() => this.refresh(), options.interval ?? DEFAULT_INTERVAL);
    this.watcher = this.watchFolder();
    this.refreshSoon(0);
  }

  refresh(): void {
    if (this.disposed) return;
    // Before the events: what a host wrote before it went is then heard before the status that follows from its going.
    const status = runStatus(this.folder);
    this.readNewEvents();
    if (this.disposed) return;
    if (status !== this.status) {
      this.status = status;
      this.listener.status?.(status);
    }
    this.connectWhenAlive();
  }

  dispose(): void {
    this.disposed = true;
    clearInterval(this.timer);
    if (this.soon) clearTimeout(this.soon);
    this.watcher?.close();
    this.client?.dispose();
    this.client = null;
  }

  private readNewEvents(): void {
    try {
      if (this.isCut()) {
        this.offset = 0;
        this.lastLine = Buffer.alloc(0);
        this.listener.reset?.();
      }
      const { events, offset, problems } = readEvents(this.folder, this.offset);
      if (offset !== this.offset) {
        this.offset = offset;
        this.lastLine = readLastLine(this.eventsFile, offset);
      }
      for (const problem of problems) this.listener.problem?.(problem);
      if (events.length > 0) this.listener.events?.(events);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Unreadable at this moment, as on a network folder that is away; the next look tries again.
    }
  }

  private isCut(): boolean {
    const { length } = this.lastLine;
    return length > 0 && !readBytes(this.eventsFile, this.offset - length, this.offset).equals(this.lastLine);
  }

  private get eventsFile(): string {
    return path.join(this.folder, runFolderLayout.events);
  }

  /** fs.watch makes it prompt where it works; it does not on network folders, hence the polling. */
  private watchFolder(): fs.FSWatcher | null {
    try {
      const watcher = fs.watch(this.folder, { persistent: false }, () => this.refreshSoon(SETTLE));
      watcher.on("error", () => watcher.close());
      return watcher;
    } catch {
      return null;
    }
  }

  private refreshSoon(delay: number): void {
    if (this.disposed || this.soon) return;
    this.soon = setTimeout(() => {
      this.soon = null;
      this.refresh();
    }, delay);
  }

  private connectWhenAlive(): void {
    if (!this.listener.progress || this.client || this.connecting) return;
    if (this.status !== "running" && this.status !== "stopping") return;
    if (Date.now() < this.nextConnection) return;
    void this.connect();
  }

  private async connect(): Promise<void> {
    this.connecting = true;
    this.nextConnection = Date.now() + RECONNECT;
    try {
      const client = await connectHost(this.folder, this.options.client ?? "mos");
      if (this.disposed) client.dispose();
      else this.adopt(client);
    } catch (error) {
      // Gone between the look and the call, or of another version: progress is an extra, the folder still tells.
      if (!(error instanceof UserError)) throw error;
    } finally {
      this.connecting = false;
    }
  }

  private adopt(client: HostClient): void {
    this.client = client;
    client.onProgress((progress) => {
      if (!this.disposed) this.listener.progress?.(progress);
    });
    client.onEvents(() => this.refreshSoon(SETTLE));
    client.onClose(() => {
      this.client = null;
      this.refreshSoon(0);
    });
  }
}

/** The line that ends at byte `end`, which is just after its line break. */
function readLastLine(file: string, end: number): Buffer {
  for (let window = 1024; ; window *= 4) {
    const from = Math.max(0, end - window);
    const bytes = readBytes(file, from, end);
    const breakBefore = bytes.subarray(0, -1).lastIndexOf("\n");
    if (breakBefore >= 0 || from === 0) return bytes.subarray(breakBefore + 1);
  }
}

/** Bytes `from` to `end` (exclusive); fewer when the file is shorter or gone. */
function readBytes(file: string, from: number, end: number): Buffer {
  let handle: number;
  try {
    handle = fs.openSync(file, "r");
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const bytes = Buffer.alloc(end - from);
    return bytes.subarray(0, fs.readSync(handle, bytes, 0, bytes.length, from));
  } finally {
    fs.closeSync(handle);
  }
}
