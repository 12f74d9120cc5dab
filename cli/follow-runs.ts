/** Follows runs until each is over, or until the person leaves. */
import type { ProgressParams } from "../contracts/host-protocol";
import type { RunEvent } from "../contracts/run-event";
import type { RunRecord, RunStatus } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { isAlive } from "../run-folder/process-identity";
import { readLauncher, readRunRecord } from "../run-folder/run-files";
import { isOver, runStatus } from "../run-folder/run-status";
import { type RunWatch, watchRun } from "../run-folder/run-watch";
import { requestStop } from "../run-folder/stop-run";
import { addEvents, emptyRunView, type RunView } from "../run-view/run-view";
import { CLIENT_NAME } from "./client-name";
import type { RunDisplay } from "./terminal/run-display";
import type { ProgressRun } from "./terminal/run-progress";

/** What Ctrl-C does: "stop" asks for an end of the runs that this command started; "detach" leaves them alone. */
export type OnInterrupt = "stop" | "detach";

/** Ctrl-C, and what schedulers and `kill` send; they mean the same. */
const interruptSignals = ["SIGINT", "SIGTERM"] as const;
type InterruptSignal = (typeof interruptSignals)[number];

/** Where the signals come from; `process` is one. */
export interface InterruptSource {
  on(event: InterruptSignal, listener: () => void): unknown;
  off(event: InterruptSignal, listener: () => void): unknown;
}

export type FollowEnd =
  /** Every run is over. */
  | "over"
  /** Ctrl-C was pressed, and every run is over. */
  | "cancelled"
  /** Ctrl-C was pressed, and runs may go on. */
  | "left";

export interface FollowOptions {
  onInterrupt: OnInterrupt;
  interrupts: InterruptSource;
}

/** A run being followed; `view` is always the state after everything that was read. */
export class FollowedRun implements ProgressRun {
  view: RunView;
  progress: ProgressParams | null = null;
  /** No more of it is expected. */
  over = false;

  readonly record: RunRecord;

  constructor(readonly folder: string) {
    this.record = readRunRecord(folder);
    this.view = emptyRunView(this.record);
  }

  add(events: readonly RunEvent[]): void {
    this.view = addEvents(this.view, events, this.view.status);
  }

  setStatus(status: RunStatus): void {
    this.view = addEvents(this.view, [], status);
  }

  /** The log was cut: the events come anew. */
  forget(): void {
    const { status } = this.view;
    this.view = addEvents(emptyRunView(this.record), [], status);
  }
}

/** Returns how it ended; the runs then hold their last views. Closes the display. */
export async function followRuns(
  runs: readonly FollowedRun[],
  display: RunDisplay,
  options: FollowOptions,
): Promise<FollowEnd> {
  const follow = new Follow(runs, display, options);
  try {
    return await follow.end;
  } finally {
    follow.dispose();
  }
}

/** How often runs whose host went without a word are looked at again. */
const RECHECK_MILLISECONDS = 200;

class Follow {
  readonly end: Promise<FollowEnd>;
  private finish!: (end: FollowEnd) => void;
  private fail!: (error: unknown) => void;
  private interrupted = false;
  private readonly watches: RunWatch[];
  private readonly timer: NodeJS.Timeout;
  private readonly onSignal = () => this.interrupt();

  constructor(
    private readonly runs: readonly FollowedRun[],
    private readonly display: RunDisplay,
    private readonly options: FollowOptions,
  ) {
    this.end = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.watches = runs.map((run) => this.watch(run));
    this.timer = setInterval(() => this.checkAll(), RECHECK_MILLISECONDS);
    for (const signal of interruptSignals) options.interrupts.on(signal, this.onSignal);
  }

  dispose(): void {
    clearInterval(this.timer);
    for (const watch of this.watches) watch.dispose();
    for (const signal of interruptSignals) this.options.interrupts.off(signal, this.onSignal);
    this.display.close();
  }

  private watch(run: FollowedRun): RunWatch {
    const { display } = this;
    return watchRun(
      run.folder,
      {
        events(events) {
          run.add(events);
          display.events(run, events);
        },
        reset: () => run.forget(),
        status: (status) => {
          run.setStatus(status);
          display.status(run, status);
          this.checkAll();
        },
        progress(progress) {
          run.progress = progress;
          display.progress(run);
        },
        problem: ({ file, line, message }) => display.note(`${file}:${line}: ${message}`),
      },
      { client: CLIENT_NAME },
    );
  }

  private checkAll(): void {
    for (const run of this.runs) run.over = isOver(run.view.status) && !isAwaitingExplanation(run);
    if (this.runs.every((run) => run.over)) this.finish(this.interrupted ? "cancelled" : "over");
  }

  private interrupt(): void {
    if (this.options.onInterrupt === "detach" || this.interrupted) {
      this.finish("left");
      return;
    }
    this.interrupted = true;
    this.display.note(
      "Stopping: each run finishes its step and writes a checkpoint. Ctrl-C again leaves at once.",
    );
    this.stopAll().catch((error: unknown) => this.fail(error));
  }

  private async stopAll(): Promise<void> {
    // Waiting runs first: a stopped one makes room, and the launcher would start the next.
    const open = this.runs.filter(({ view }) => !isOver(view.status));
    const waiting = open.filter(({ folder }) => runStatus(folder) === "queued");
    const others = open.filter((run) => !waiting.includes(run));
    await Promise.all(waiting.map((run) => this.stop(run)));
    await Promise.all(others.map((run) => this.stop(run)));
  }

  private async stop(run: FollowedRun): Promise<void> {
    try {
      await requestStop(run.folder, CLIENT_NAME);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.display.note(`${run.view.name}: ${error.message}`);
    }
  }
}

/** A host that ended without a word is explained by its launcher a moment later (out of memory, a crash). */
function isAwaitingExplanation(run: FollowedRun): boolean {
  if (run.view.status !== "interrupted") return false;
  const launcher = readLauncher(run.folder);
  return launcher !== null && isAlive(launcher);
}
