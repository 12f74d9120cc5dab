/**
 * The threads that read and tokenize data. There is one at first; more start when work has waited for a while, so that small
 * data never pay for them. A worker that dies, or stands still at a row, ends what it was asked for with an error that names the row.
 */
import * as path from "node:path";
import { Worker } from "node:worker_threads";
import { UserError, type UserErrorReason } from "../../../contracts/user-error";
import type {
  DataFailure,
  DataRequest,
  DataTaskName,
  DataTasks,
  EncodingSetup,
  FromDataWorker,
  ToDataWorker,
} from "./data-tasks";
import type { DataWorkerSetup } from "./data-worker";
import { Pulse } from "./pulse";

export interface DataWorkersOptions {
  /** Most threads at once. */
  threads: number;
  /** Aborted: all that is asked for fails with UserError "cancelled", and the workers end. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that one row may take. */
  patience?: number;
  /** Milliseconds that work waits before another worker starts. */
  startAfter?: number;
  /** Of a worker's JavaScript heap. */
  heapMegabytes?: number;
}

interface Asked {
  request: DataRequest;
  onShare: ((share: number) => void) | undefined;
  resolve: (get: never) => void;
  reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  pulse: Pulse;
  /** What it was asked for, by id. */
  asked: Map<number, Asked>;
  setups: Set<string>;
  /** At the last look, and when it was seen to change. */
  count: number | null;
  changed: number;
  /** It is to end when it has nothing to do. */
  leaving: boolean;
}

/**
 * Pieces of tokenization that a worker is asked for at a time, so that it need not wait for the host's thread in between. That
 * thread is busy for a second and more at a time once it trains, which is when one worker is left.
 */
const ASKED_AHEAD = { alone: 16, withOthers: 2 };
const LOOK_EVERY = 250;

export class DataWorkers {
  readonly #options: Required<Omit<DataWorkersOptions, "signal">>;
  readonly #setups = new Map<string, EncodingSetup>();
  readonly #queue: Asked[] = [];
  #threads: Thread[] = [];
  #most: number;
  #ids = 0;
  #waitingSince: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed: Error | null = null;

  constructor({ signal, ...options }: DataWorkersOptions) {
    this.#options = { patience: 30_000, startAfter: 1000, heapMegabytes: 4096, ...options };
    this.#most = options.threads;
    signal?.addEventListener("abort", () => void this.#end(cancelled()), { once: true });
    if (signal?.aborted) this.#closed = cancelled();
  }

  /** Starts the first worker, which takes some 50 ms, before there is work for it. */
  warmUp(): void {
    if (this.#threads.length === 0 && this.#closed === null) this.#start();
  }

  /** From now on, at most so many threads; those that are too many end when they are done. */
  limit(threads: number): void {
    this.#most = threads;
    for (const thread of this.#threads.slice(threads)) thread.leaving = true;
    this.#letGo();
  }

  /** What `encode` tasks name by `id`. */
  addSetup(id: string, encoding: EncodingSetup): void {
    this.#setups.set(id, encoding);
  }

  /** Throws UserError as the task does, "cancelled", and "out-of-memory" or "bad-row" where a row ends or holds up its worker. */
  ask<Name extends DataTaskName>(
    name: Name,
    give: DataTasks[Name]["give"],
    { urgent = false, onShare }: { urgent?: boolean; onShare?: (share: number) => void } = {},
  ): Promise<DataTasks[Name]["get"]> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const request: DataRequest = { id: ++this.#ids, name, give, urgent };
      const asked = { request, onShare, resolve, reject };
      if (urgent) this.#queue.unshift(asked);
      else this.#queue.push(asked);
      this.#dispatch();
    });
  }

  /** Ends the workers; whatever was asked for fails with UserError "cancelled". */
  close(): Promise<void> {
    return this.#end(cancelled());
  }

  async #end(reason: Error): Promise<void> {
    this.#closed ??= reason;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    const threads = this.#threads;
    this.#threads = [];
    const asked = [...this.#queue.splice(0), ...threads.flatMap((thread) => [...thread.asked.values()])];
    for (const { reject } of asked) reject(reason);
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const [next] = this.#queue as [Asked];
      const thread = this.#threadFor(next);
      if (thread === null) break;
      this.#queue.shift();
      this.#give(thread, next);
    }
    this.#waitingSince = this.#queue.length === 0 ? null : (this.#waitingSince ?? performance.now());
  }

  /** The one with least to do; null: all have enough. */
  #threadFor({ request }: Asked): Thread | null {
    if (this.#threads.length === 0) return this.#start();
    const staying = this.#threads.filter(({ leaving }) => !leaving);
    const [idlest] = staying.sort((a, b) => a.asked.size - b.asked.size);
    const ahead = this.#most === 1 ? ASKED_AHEAD.alone : ASKED_AHEAD.withOthers;
    const most = request.name === "encode" ? ahead : 1;
    if (idlest === undefined || (!request.urgent && idlest.asked.size >= most)) return null;
    return idlest;
  }

  #give(thread: Thread, asked: Asked): void {
    const { request } = asked;
    thread.asked.set(request.id, asked);
    const setup = request.name === "encode" ? (request.give as DataTasks["encode"]["give"]).setup : null;
    if (setup !== null && !thread.setups.has(setup)) {
      thread.setups.add(setup);
      this.#send(thread, { setup, encoding: this.#setups.get(setup)! });
    }
    this.#send(thread, request);
  }

  #send({ worker }: Thread, message: ToDataWorker): void {
    worker.postMessage(message);
  }

  #start(): Thread {
    const pulse = new Pulse();
    const setup: DataWorkerSetup = { pulse: pulse.memory };
    const worker = new Worker(path.join(__DIST__, "data-worker.js"), {
      workerData: setup,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMegabytes },
    });
    const thread: Thread = {
      ...{ worker, pulse, asked: new Map(), setups: new Set<string>() },
      ...{ count: null, changed: performance.now(), leaving: false },
    };
    worker.on("message", (message: FromDataWorker) => this.#receive(thread, message));
    worker.on("error", (error) => this.#lose(thread, died(thread, error)));
    worker.on("exit", () => this.#lose(thread, died(thread, null)));
    this.#threads.push(thread);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
    return thread;
  }

  #receive(thread: Thread, message: FromDataWorker): void {
    const asked = thread.asked.get(message.id);
    if (asked === undefined) return;
    if ("share" in message) {
      asked.onShare?.(message.share);
      return;
    }
    thread.asked.delete(message.id);
    if ("failure" in message) asked.reject(errorOf(message.failure));
    else asked.resolve(message.get as never);
    this.#letGo();
    this.#dispatch();
  }

  /** Starts another worker where work has waited, and ends one that stands still. */
  #look(): void {
    const now = performance.now();
    const hasWaited = this.#waitingSince !== null && now - this.#waitingSince > this.#options.startAfter;
    if (hasWaited && this.#threads.length < this.#most) {
      this.#start();
      this.#waitingSince = now;
      this.#dispatch();
    }
    for (const thread of this.#threads) {
      const count = thread.pulse.count;
      if (count === null || count !== thread.count) thread.changed = now;
      thread.count = count;
      if (now - thread.changed > this.#options.patience)
        this.#lose(thread, standsStill(thread, this.#options.patience));
    }
  }

  #lose(thread: Thread, error: Error): void {
    if (!this.#threads.includes(thread)) return;
    this.#threads = this.#threads.filter((other) => other !== thread);
    void thread.worker.terminate();
    for (const { reject } of thread.asked.values()) reject(error);
    this.#dispatch();
  }

  #letGo(): void {
    for (const thread of this.#threads) {
      if (!thread.leaving || thread.asked.size > 0) continue;
      this.#threads = this.#threads.filter((other) => other !== thread);
      void thread.worker.terminate();
    }
  }
}

function errorOf({ reason, message, advice, stack }: DataFailure): Error {
  const error =
    reason === null ? new Error(message) : new UserError(reason as UserErrorReason, message, advice);
  error.stack = stack;
  return error;
}

function died({ pulse }: Thread, error: (Error & { code?: string }) | null): Error {
  const at = pulse.place === null ? "" : ` at ${pulse.place}`;
  if (error?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return new UserError(
      "out-of-memory",
      `Reading the data took more memory than a thread may have${at}.`,
      "Look at the row: is it meant to be that long? Shorten it, or take it out.",
    );
  }
  return new Error(`A thread that reads the data ended${at}${error ? `: ${error.message}` : ""}`, {
    cause: error,
  });
}

function standsStill({ pulse }: Thread, patience: number): UserError {
  return new UserError(
    "bad-row",
    `${pulse.place ?? "A row"}: the row was not done within ${patience / 1000} seconds.`,
    "A chat template that does not end, or a very long text, can be why. Shorten the row or take it out, or use another template.",
  );
}

function cancelled(): UserError {
  return new UserError("cancelled", "Reading the data was cancelled.");
}
