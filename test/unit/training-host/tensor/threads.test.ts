/** That results do not depend on the number of threads, bit by bit, and that a pool of threads survives what goes wrong. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import {
  type DivisionArgs,
  type DivisionName,
  divisions,
} from "../../../../training-host/tensor/wasm/kernel-divisions";
import { compileKernels, instantiateKernels } from "../../../../training-host/tensor/wasm/kernels";
import { TaskBoard } from "../../../../training-host/tensor/wasm/task-board";
import { ThreadPool } from "../../../../training-host/tensor/wasm/thread-pool";

const folder = path.join(__DIST__, "wasm");
const THREADS = [1, 2, 3] as const;

let heap: Heap;
const pools = new Map<number, ThreadPool>();

beforeAll(async () => {
  heap = await Heap.open();
  for (const threads of THREADS) pools.set(threads, await openPool(threads));
});

afterAll(async () => {
  for (const pool of pools.values()) await pool.close();
});

function openPool(threads: number, blasFile: string | null = null): Promise<ThreadPool> {
  const module = compileKernels(folder, "simd");
  const own = instantiateKernels(module, heap.memory, (bytes) => heap.reserve(bytes), null);
  return ThreadPool.open(threads, { ...own, thread: 0 }, heap, { module, blasFile });
}

/** Random numbers and room for results on the heap, for one case. */
class Arena {
  readonly outputs: { address: number; count: number }[] = [];
  private readonly blocks: number[] = [];
  private state = 1;

  floats(count: number): number {
    const address = this.block(count);
    const values = heap.floatsAt(address, count);
    for (let i = 0; i < count; i++) values[i] = this.next();
    return address;
  }

  integers(values: number[]): number {
    const address = this.block(values.length);
    heap.writeIntegers(Int32Array.from(values), address);
    return address;
  }

  /** Compared afterwards; starts with random numbers, because some kernels add to what is there. */
  output(count: number): number {
    const address = this.floats(count);
    this.outputs.push({ address, count });
    return address;
  }

  dispose(): void {
    for (const block of this.blocks) heap.release(block);
  }

  /** Between -2 and 2: xorshift (Marsaglia 2003), because millions of numbers are needed. */
  private next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state / 2 ** 30;
  }

  private block(count: number): number {
    const address = heap.reserve(4 * count);
    this.blocks.push(address);
    return address;
  }
}

/** The arguments of a kernel; the compiler cannot count those that are given in groups. */
type Case = (arena: Arena) => number[];

const ROWS = 301;
const WIDTH = 644;
const COUNT = ROWS * WIDTH + 3;
const rowIds = Array.from({ length: ROWS }, (_, row) => (row * 7) % 50);
const attentionSizes = (arena: Arena): number[] => [
  arena.integers([0, 37, 140, 141, 301]),
  4,
  4,
  2,
  16,
  arena.floats(3 * 2 * 48 * 160),
  4 * 2 * 48 * 160,
];

/** Five int32 per sequence: where its new rows start, how many they are, its keys, values, and how many rows those have. */
const pastTable = (a: Arena): number => {
  const entry = (first: number, rows: number, all: number) => [
    ...[first, rows, a.floats(all * 32), a.floats(all * 32), all],
  ];
  return a.integers([...entry(0, 1, 500), ...entry(1, 59, 600), ...entry(60, 1, 1), ...entry(61, 240, 240)]);
};

const multiplication: Case = (a) => [
  ...[301, 523, 391, a.floats(301 * 391), 391, 1, a.floats(523 * 391), 1, 391],
  ...[a.output(301 * 523), 523, 1],
];

/** Sizes that divide into several parts, with something left over. */
const cases: Record<DivisionName, Case> = {
  add: (a) => [a.floats(COUNT), a.floats(COUNT), a.output(COUNT), COUNT],
  scale: (a) => [a.floats(COUNT), a.output(COUNT), COUNT, 1.5],
  addBias: (a) => [a.floats(ROWS * WIDTH), a.floats(WIDTH), a.output(ROWS * WIDTH), ROWS, WIDTH],
  sumRows: (a) => [a.floats(ROWS * WIDTH), a.output(WIDTH), ROWS, WIDTH],
  dropout: (a) => [a.floats(COUNT), a.output(COUNT), COUNT, 2 ** 32 - 5, 2 ** 30, 1.5, 1],
  fillZero: (a) => [a.output(COUNT), COUNT],
  widenBfloat16: (a) => [a.floats(Math.ceil(COUNT / 2)), a.output(COUNT), COUNT],
  sumsOfSquares: (a) => [a.floats(COUNT), COUNT, a.output(2 * Math.ceil(COUNT / 4096))],
  gatherRows: (a) => [a.floats(50 * WIDTH), a.integers(rowIds), a.output(ROWS * WIDTH), ROWS, WIDTH],
  scatterAddRows: (a) => [a.floats(ROWS * WIDTH), a.integers(rowIds), a.output(50 * WIDTH), ROWS, WIDTH],
  rmsNormForward: (a) => [
    ...[a.floats(ROWS * WIDTH), a.floats(WIDTH), a.output(ROWS * WIDTH), a.output(ROWS)],
    ...[ROWS, WIDTH, 1e-5, 1],
  ],
  rmsNormBackwardInput: (a) => [
    ...[a.floats(ROWS * WIDTH), a.floats(ROWS * WIDTH), a.floats(WIDTH), a.floats(ROWS)],
    ...[a.output(ROWS * WIDTH), ROWS, WIDTH, 1],
  ],
  rmsNormBackwardWeight: (a) => [
    ...[a.floats(ROWS * WIDTH), a.floats(ROWS * WIDTH), a.floats(ROWS), a.output(WIDTH)],
    ...[ROWS, WIDTH],
  ],
  rope: (a) => [
    ...[a.floats(ROWS * 23 * 28), a.output(ROWS * 23 * 28), a.floats(50 * 14), a.floats(50 * 14)],
    ...[a.integers(rowIds), ROWS, 23, 14, -1],
  ],
  swigluForward: (a) => [a.floats(COUNT), a.floats(COUNT), a.output(COUNT), COUNT],
  swigluBackward: (a) => [
    ...[a.floats(COUNT), a.floats(COUNT), a.floats(COUNT), a.output(COUNT), a.output(COUNT), COUNT],
  ],
  gegluForward: (a) => [a.floats(COUNT), a.floats(COUNT), a.output(COUNT), COUNT],
  gegluBackward: (a) => [
    ...[a.floats(COUNT), a.floats(COUNT), a.floats(COUNT), a.output(COUNT), a.output(COUNT), COUNT],
  ],
  attentionForward: (a) => [
    ...[a.floats(ROWS * 64), a.floats(ROWS * 32), a.floats(ROWS * 32)],
    ...[a.output(ROWS * 64), a.output(ROWS * 4), a.output(ROWS * 4)],
    ...attentionSizes(a),
  ],
  attentionBackward: (a) => [
    ...[a.floats(ROWS * 64), a.floats(ROWS * 64)],
    ...[a.floats(ROWS * 64), a.floats(ROWS * 32), a.floats(ROWS * 32)],
    ...[a.floats(ROWS * 4), a.floats(ROWS * 4)],
    ...[a.output(ROWS * 64), a.output(ROWS * 32), a.output(ROWS * 32)],
    ...attentionSizes(a),
  ],
  attentionWithPast: (a) => [
    ...[a.floats(ROWS * 64), a.output(ROWS * 64), pastTable(a), 4, 600],
    ...[4, 2, 16, a.floats(3 * (2 * 48 * 600 + 96)), 4 * (2 * 48 * 600 + 96)],
  ],
  fewRowsTimesTransposed: (a) => [
    ...[a.floats(7 * WIDTH), a.floats(523 * WIDTH), a.output(7 * 523), 7, WIDTH, 523, 0],
  ],
  crossEntropyForward: (a) => [
    ...[a.output(ROWS * WIDTH), a.integers(rowIds), a.output(ROWS), a.output(ROWS), a.output(ROWS)],
    ...[ROWS, WIDTH],
  ],
  crossEntropyBackward: (a) => [
    ...[a.output(ROWS * WIDTH), a.integers(rowIds), a.floats(ROWS), ROWS, WIDTH, 0.5],
  ],
  adamw: (a) => [
    ...[a.output(COUNT), a.floats(COUNT), a.output(COUNT), a.output(COUNT), COUNT],
    ...[0.5, 0.9, 0.1, 0.999, 0.001, 1e-3, 1.5, 1e-8, 0.99],
  ],
  // Over the edges of gemm's blocks in every direction, and added to what is there.
  gemm: multiplication,
  multiply: multiplication,
};

/** The bytes that a kernel leaves in its outputs, from the same inputs each time. */
function resultOf<Name extends DivisionName>(pool: ThreadPool, name: Name): Buffer {
  const arena = new Arena();
  pool.run(name, ...(cases[name](arena) as unknown as DivisionArgs<Name>));
  const bytes = arena.outputs.map(({ address, count }) => Buffer.from(heap.bytesAt(address, 4 * count)));
  arena.dispose();
  return Buffer.concat(bytes);
}

describe("kernels on several threads", () => {
  it.each(Object.keys(cases) as DivisionName[])("compute the same bits: %s", (name) => {
    const alone = resultOf(pools.get(1)!, name);
    for (const threads of [2, 3]) {
      // Whichever thread takes which part.
      for (let repetition = 0; repetition < 3; repetition++)
        expect(resultOf(pools.get(threads)!, name).equals(alone), `${threads} threads`).toBe(true);
    }
  });

  it.each(Object.keys(cases) as DivisionName[])("divide the work, and leave nothing out: %s", (name) => {
    const arena = new Arena();
    const division = divisions[name] as { parts(args: unknown, threads: number): number };
    expect(division.parts(cases[name](arena), 3)).toBeGreaterThanOrEqual(3);
    expect(division.parts(cases[name](arena), 1)).toBe(1);
    arena.dispose();
  });

  it("see memory that was added after they started", () => {
    const block = heap.reserve(heap.bytes);
    const count = 1 << 18;
    const last = block + (heap.bytes - block) - 4 * count;
    const values = heap.floatsAt(last & ~15, count - 8).fill(3);
    for (const threads of [2, 3])
      pools.get(threads)!.run("add", last & ~15, last & ~15, last & ~15, count - 8);
    expect(values.every((value) => value === 12)).toBe(true);
    heap.release(block);
  });
});

describe("a thread pool", () => {
  it("gets through many small tasks of changing kinds", () => {
    const pool = pools.get(3)!;
    const count = 1 << 17;
    const [a, b] = [heap.reserve(4 * count), heap.reserve(4 * count)];
    heap.floatsAt(a, count).fill(1);
    for (let task = 0; task < 2000; task++) {
      pool.run("fillZero", b, count);
      pool.run("add", a, b, b, count);
      if (heap.floatsAt(b, count)[(task * 97) % count] !== 1) expect.fail(`task ${task} was not finished`);
    }
    expect(heap.floatsAt(b, count).every((value) => value === 1)).toBe(true);
    heap.release(a);
    heap.release(b);
  });

  it("turns what a worker throws into a UserError, and goes on", () => {
    const pool = pools.get(3)!;
    const outside = 2 ** 32 - 4096;
    const failing = () => pool.run("add", outside, outside, outside, 1 << 20);
    expect(failing).toThrowError(UserError);
    expect(failing).toThrowError(/failed at add: memory access out of bounds/);
    expect(failing).toThrowError(expect.objectContaining({ reason: "threads-failed" }));
    expect(resultOf(pool, "add").equals(resultOf(pools.get(1)!, "add"))).toBe(true);
  });

  it("works on without workers that have ended", async () => {
    const pool = await openPool(3);
    await pool.close();
    expect(resultOf(pool, "multiply").equals(resultOf(pools.get(1)!, "multiply"))).toBe(true);
  });

  it("does not wait for ever for a part that was taken and never finished", () => {
    const board = new TaskBoard(TaskBoard.allocate(), 2, 0);
    board.publish("fillZero", [0, 0], 2);
    expect(board.awaitParts(60)).toBe(false);
  });

  it("says so when a worker cannot start", async () => {
    const opening = openPool(2, path.join(os.tmpdir(), "no-such-library.so"));
    await expect(opening).rejects.toThrowError(/no-such-library/);
  });

  it("does not keep the process alive", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mos-threads-"));
    const file = path.join(directory, "opens-threads.cjs");
    await esbuild.build({
      stdin: {
        contents: `import { openWasm } from "./training-host/tensor/wasm/wasm-backend";
          openWasm({ blas: false, threads: 3 }).then(({ threads }) => console.log(threads));`,
        resolveDir: path.resolve(import.meta.dirname, "../../../.."),
        loader: "ts",
      },
      outfile: file,
      bundle: true,
      platform: "node",
      format: "cjs",
      mainFields: ["module", "main"],
      logLevel: "error",
      define: { __DIST__: JSON.stringify(__DIST__), __VERSION__: '"test"' },
    });
    const { status, stdout, signal } = spawnSync(process.execPath, [file], { timeout: 50_000 });
    fs.rmSync(directory, { recursive: true });
    expect({ status, signal, stdout: stdout.toString() }).toEqual({
      status: 0,
      signal: null,
      stdout: "3\n",
    });
  });
});
