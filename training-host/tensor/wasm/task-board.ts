/**
 * Memory through which the main thread hands out the parts of a task and the workers take them. One word says which task is
 * on and how many of its parts nobody has taken yet: a part is taken by counting it down. Because the word holds the task's
 * number, too, a worker that was held up for long takes nothing by what it read before, and nobody waits for it.
 */
import { type Division, type DivisionName, divisions, type ThreadKernels } from "./kernel-divisions";

const names = Object.keys(divisions) as DivisionName[];

/** Places in the array of integers. */
const TASK = 0;
const PARTS_DONE = 1;
const KERNEL = 2;
const PARTS = 3;
const ARGUMENTS = 4;
const SLEEPING_WORKERS = 5;
const MAIN_SLEEPS = 6;
const FAILURE_BYTES = 7;
const CLOSED = 8;
const INTEGERS = 16;

/** The lower bits of the task's word count parts. */
const PART_BITS = 12;
const PART_MASK = (1 << PART_BITS) - 1;

const MOST_ARGUMENTS = 32;
const MOST_FAILURE_BYTES = 512;

/** The main thread's patience is counted in so many waits. */
const PATIENCE_SLICES = 6;

interface Task {
  number: number;
  division: Division<number[]>;
  args: number[];
  parts: number;
}

export class TaskBoard {
  private readonly words: Int32Array;
  private readonly args: Float64Array;
  private readonly failure: Uint8Array;

  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly threads: number,
    /** How long a thread looks for work, or for the end of it, before it sleeps: waking it takes about 50 microseconds. */
    private readonly spinMilliseconds: number,
  ) {
    this.words = new Int32Array(memory, 0, INTEGERS);
    this.args = new Float64Array(memory, 4 * INTEGERS, MOST_ARGUMENTS);
    this.failure = new Uint8Array(memory, 4 * INTEGERS + 8 * MOST_ARGUMENTS, MOST_FAILURE_BYTES);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * INTEGERS + 8 * MOST_ARGUMENTS + MOST_FAILURE_BYTES);
  }

  /** For the main thread, when no task is on: tells the workers of one. */
  publish(name: DivisionName, args: readonly number[], parts: number): void {
    if (args.length > MOST_ARGUMENTS || parts > PART_MASK) throw new RangeError(`${name}: too many parts`);
    const { words } = this;
    this.args.set(args);
    words[KERNEL] = names.indexOf(name);
    words[ARGUMENTS] = args.length;
    words[PARTS] = parts;
    Atomics.store(words, PARTS_DONE, 0);
    const number = (words[TASK]! >>> PART_BITS) + 1;
    Atomics.store(words, TASK, (number << PART_BITS) | parts);
    if (Atomics.load(words, SLEEPING_WORKERS) > 0) Atomics.notify(words, TASK, parts - 1);
  }

  /** Computes parts of the task that is on for as long as there are some to be had. */
  takeParts(own: ThreadKernels): void {
    const { words } = this;
    let known: Task | null = null;
    for (;;) {
      const word = Atomics.load(words, TASK);
      const left = word & PART_MASK;
      if (left === 0) return;
      // While parts are left nothing of the task changes: once the part is taken, what was read belongs to it.
      const task: Task = known?.number === word >>> PART_BITS ? known : this.readTask(word >>> PART_BITS);
      if (Atomics.compareExchange(words, TASK, word, word - 1) !== word) continue;
      this.computePart(own, task, task.parts - left);
      known = task;
    }
  }

  /** For the main thread: returns when all parts are done. False: nothing was finished for `patience` milliseconds. */
  awaitParts(patience: number): boolean {
    const { words } = this;
    const parts = words[PARTS]!;
    if (this.spinUntil(() => Atomics.load(words, PARTS_DONE) === parts)) return true;
    Atomics.store(words, MAIN_SLEEPS, 1);
    let alive = true;
    for (let idle = 0; alive; ) {
      const done = Atomics.load(words, PARTS_DONE);
      if (done === parts) break;
      // In slices: time in which the whole process was stopped does not count as the workers' silence.
      const slice = patience / PATIENCE_SLICES;
      idle = Atomics.wait(words, PARTS_DONE, done, slice) === "timed-out" ? idle + 1 : 0;
      alive = idle < PATIENCE_SLICES;
    }
    Atomics.store(words, MAIN_SLEEPS, 0);
    return alive;
  }

  /** What a part of the last task failed with, once. */
  takeFailure(): string | null {
    const bytes = Atomics.exchange(this.words, FAILURE_BYTES, 0);
    return bytes === 0 ? null : new TextDecoder().decode(this.failure.slice(0, bytes));
  }

  /** For a worker: computes until the board is closed. */
  serve(own: ThreadKernels): void {
    const { words } = this;
    const hasWork = () => (Atomics.load(words, TASK) & PART_MASK) !== 0;
    while (Atomics.load(words, CLOSED) === 0) {
      this.takeParts(own);
      if (this.spinUntil(hasWork)) continue;
      const task = Atomics.load(words, TASK);
      if ((task & PART_MASK) !== 0) continue;
      // Counted before it sleeps: whoever publishes later sees it, and whoever published before has changed the word.
      Atomics.add(words, SLEEPING_WORKERS, 1);
      if (Atomics.load(words, CLOSED) === 0) Atomics.wait(words, TASK, task);
      Atomics.sub(words, SLEEPING_WORKERS, 1);
    }
  }

  /** Lets all workers return from `serve`. */
  close(): void {
    Atomics.store(this.words, CLOSED, 1);
    // Changes the word, for those that are just about to sleep.
    Atomics.add(this.words, TASK, 1 << PART_BITS);
    Atomics.notify(this.words, TASK);
  }

  private readTask(number: number): Task {
    const { words } = this;
    return {
      number,
      division: divisions[names[words[KERNEL]!]!] as unknown as Task["division"],
      args: Array.from(this.args.subarray(0, words[ARGUMENTS]!)),
      parts: words[PARTS]!,
    };
  }

  private computePart(own: ThreadKernels, { division, args, parts }: Task, part: number): void {
    const { words } = this;
    try {
      division.compute(own, args, part, parts, this.threads);
    } catch (error) {
      this.tellFailure(error);
    }
    // A part that failed is done, too: the main thread must not wait for ever.
    Atomics.add(words, PARTS_DONE, 1);
    if (Atomics.load(words, MAIN_SLEEPS) === 1) Atomics.notify(words, PARTS_DONE);
  }

  /** Of several failures the first is told. */
  private tellFailure(error: unknown): void {
    const bytes = new TextEncoder().encode(String((error as Error)?.message ?? error));
    const told = bytes.subarray(0, MOST_FAILURE_BYTES);
    if (Atomics.compareExchange(this.words, FAILURE_BYTES, 0, -1) !== 0) return;
    this.failure.set(told);
    Atomics.store(this.words, FAILURE_BYTES, Math.max(1, told.length));
  }

  private spinUntil(condition: () => boolean): boolean {
    if (condition()) return true;
    if (this.spinMilliseconds === 0) return false;
    const end = performance.now() + this.spinMilliseconds;
    do {
      for (let i = 0; i < 50; i++) {
        if (condition()) return true;
        pause();
      }
    } while (performance.now() < end);
    return false;
  }
}

/** Leaves the processor's other thread more of the core, where the engine can say so (V8 of Node 24). */
const pause: () => void = (Atomics as unknown as { pause?: () => void }).pause ?? (() => {});
