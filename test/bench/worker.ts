/** A process that trains on request, pinned to its cores, so that several can take turns on one machine. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as readline from "node:readline";

export interface RunRequest {
  steps: number;
}

export interface RunAnswer {
  /** Mean loss of every step's batch, in nats per token. */
  losses: number[];
  /** Wall time of every step. */
  seconds: number[];
  /** Time of all its threads on processors, for every step: what a busy machine disturbs least. */
  processorSeconds: number[];
  /** Most memory the process has held so far. */
  peakMebibytes: number;
  /** What it held before it read the model: the runtime and its libraries. */
  importMebibytes: number;
}

export interface WorkerCommand {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export class Worker {
  private readonly waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  private complaints = "";

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    const lines = readline.createInterface({ input: child.stdout! });
    lines.on("line", (line) => this.waiting.shift()?.resolve(line));
    child.stderr!.on("data", (text) => (this.complaints += text));
    child.once("error", (error) => this.fail(error.message));
    child.once("close", (code, signal) => this.fail(`it ended with ${signal ?? `code ${code}`}`));
  }

  /** Starts it on the first `threads` cores and waits until its model is loaded; `detail` is what it says of itself. */
  static async start(
    name: string,
    threads: number,
    { command, args, env }: WorkerCommand,
  ): Promise<{ worker: Worker; detail: string }> {
    const [program, ...rest] = [...affinity(threads), command, ...args] as [string, ...string[]];
    const child = spawn(program, rest, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...threadLimits(threads), ...env },
    });
    const worker = new Worker(name, child);
    const { detail } = JSON.parse(await worker.nextLine()) as { detail: string };
    return { worker, detail };
  }

  async run(steps: number): Promise<RunAnswer> {
    this.child.stdin!.write(`${JSON.stringify({ steps } satisfies RunRequest)}\n`);
    return JSON.parse(await this.nextLine()) as RunAnswer;
  }

  /** It ends by itself when nothing more can be asked of it. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin!.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await ended;
  }

  private nextLine(): Promise<string> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private fail(why: string): void {
    const error = new Error(`${this.name}: ${why}\n${this.complaints.trim()}`);
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

/** All the libraries that start threads of their own must be told, or "one core" is not one. */
function threadLimits(threads: number): Record<string, string> {
  const names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"];
  return Object.fromEntries(names.map((name) => [name, `${threads}`]));
}

/** Linux pins by `taskset`; elsewhere only the libraries' own limits hold. */
function affinity(threads: number): string[] {
  if (!canPin()) return [];
  return ["taskset", "--cpu-list", `0-${threads - 1}`];
}

export function canPin(): boolean {
  return spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;
}

/** Why a worker did not start, in the words of its UserError if there is one. */
export function reasonOf({ message }: Error): string {
  return /UserError: (.*)/.exec(message)?.[1] ?? message.split("\n")[0]!;
}
