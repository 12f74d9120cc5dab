/**
 * Worker threads with instances of the same kernels on the same heap. `run` divides a kernel's work among them and the
 * calling thread, and returns when all of it is done.
 */
import * as os from "node:os";
import * as path from "node:path";
import { Worker } from "node:worker_threads";
import { UserError } from "../../../contracts/user-error";
import type { Heap } from "./heap";
import {
  type Division,
  type DivisionArgs,
  type DivisionName,
  divisions,
  type ThreadKernels,
} from "./kernel-divisions";
import type { WorkerSetup } from "./kernel-worker";
import { TaskBoard } from "./task-board";

/** Longer than the pauses between the operations of a training step. */
const SPIN_MILLISECONDS = 0.1;
/** The longest part of any kernel takes well under a second. */
const PATIENCE_MILLISECONDS = 120_000;

export class ThreadPool {
  private constructor(
    readonly threads: number,
    private readonly main: ThreadKernels,
    private readonly board: TaskBoard,
    private readonly workers: readonly Worker[],
  ) {}

  /**
   * A pool of `threads`, the calling one included: with 1 no worker starts. `blasFile` is the library that the workers
   * load for themselves, as the main thread did. The workers do not keep the process alive.
   */
  static async open(
    threads: number,
    main: ThreadKernels,
    heap: Heap,
    kernels: { module: WebAssembly.Module; blasFile: string | null },
  ): Promise<ThreadPool> {
    // With more threads than cores, one that spins takes the core from one that computes.
    const spin = threads > os.availableParallelism() ? 0 : SPIN_MILLISECONDS;
    const board = new TaskBoard(TaskBoard.allocate(), threads, spin);
    const started: Promise<Worker>[] = [];
    for (let thread = 1; thread < threads; thread++) {
      const setup: WorkerSetup = {
        ...{ thread, threads, spin, ...kernels },
        divisions: Object.keys(divisions),
        board: board.memory,
        memory: heap.memory,
        gemmWorkspace: heap.reserve(main.kernels.gemmWorkspaceBytes()),
      };
      started.push(start(setup));
    }
    const settled = await Promise.allSettled(started);
    const workers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const pool = new ThreadPool(threads, main, board, workers);
    const failed = settled.find((result) => result.status === "rejected");
    if (!failed) return pool;
    await pool.close();
    throw failed.reason;
  }

  /** Computes the whole of a kernel's work. Throws UserError "threads-failed". */
  run<Name extends DivisionName>(name: Name, ...args: DivisionArgs<Name>): void {
    const division = divisions[name] as unknown as Division<readonly number[]>;
    const parts = division.parts(args, this.threads);
    if (parts === 1 || this.workers.length === 0) {
      for (let part = 0; part < parts; part++) division.compute(this.main, args, part, parts, this.threads);
      return;
    }
    this.board.publish(name, args, parts);
    this.board.takeParts(this.main);
    const answered = this.board.awaitParts(PATIENCE_MILLISECONDS);
    const failure = answered ? this.board.takeFailure() : "a worker thread does not answer";
    if (failure !== null)
      throw new UserError(
        "threads-failed",
        `The threads that share the computation failed at ${name}: ${failure}.`,
        "Resume the run; if that happens again, use launch.threads 1.",
      );
  }

  async close(): Promise<void> {
    this.board.close();
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

/** A worker that has its kernels and waits for work. */
async function start(setup: WorkerSetup): Promise<Worker> {
  const worker = new Worker(path.join(__DIST__, "kernel-worker.js"), { workerData: setup, execArgv: [] });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a worker thread ended as it started")));
  });
  // From here on it computes without end, and sends nothing.
  worker.unref();
  return worker;
}
