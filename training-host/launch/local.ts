/**
 * Runs on this machine: a queue that starts hosts, `parallel` at a time, each a process of its own. The three calls of an
 * engine are `submit`, `poll` and `cancel`; how far a run has come stands in its folder, never here.
 */
export interface HostExit {
  /** null when a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What the queue needs done; `launch.ts` does it with processes and files. */
export interface LocalEngine {
  /** Resolves when the host has ended, in whatever way; a host that could not be started has the code null. */
  startHost(runFolder: string): Promise<HostExit>;
  /** False when the run's turn has been withdrawn while it waited. */
  isWanted(runFolder: string): boolean;
  /** The run left the queue: its host ended, or (`null`) it was cancelled before its turn. */
  onLeave(runFolder: string, exit: HostExit | null): void;
}

export interface QueueState {
  queued: readonly string[];
  running: readonly string[];
}

export class LocalQueue {
  private queued: string[] = [];
  private readonly running = new Set<string>();
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly parallel: number,
    private readonly engine: LocalEngine,
  ) {}

  submit(runFolders: readonly string[]): void {
    this.queued.push(...runFolders);
    this.advance();
  }

  poll(): QueueState {
    return { queued: [...this.queued], running: [...this.running] };
  }

  /** Takes a waiting run out of the queue. A running one is stopped through its host. */
  cancel(runFolder: string): void {
    if (!this.queued.includes(runFolder)) return;
    this.queued = this.queued.filter((folder) => folder !== runFolder);
    this.engine.onLeave(runFolder, null);
    this.advance();
  }

  /** Cancels the waiting runs that are wanted no more. */
  sweep(): void {
    for (const folder of this.queued.filter((folder) => !this.engine.isWanted(folder))) this.cancel(folder);
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.whenIdle.push(resolve);
      this.advance();
    });
  }

  private advance(): void {
    while (this.running.size < this.parallel && this.queued.length > 0) {
      const folder = this.queued.shift()!;
      if (this.engine.isWanted(folder)) this.start(folder);
      else this.engine.onLeave(folder, null);
    }
    if (this.running.size > 0 || this.queued.length > 0) return;
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private start(folder: string): void {
    this.running.add(folder);
    const ended = (exit: HostExit) => {
      this.running.delete(folder);
      this.engine.onLeave(folder, exit);
      this.advance();
    };
    // A host that cannot even be started must not stop the queue.
    this.engine.startHost(folder).then(ended, () => ended({ code: null, signal: null }));
  }
}
