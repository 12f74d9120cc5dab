/** Attention to earlier rows on every backend: rows that come in several passes give what they give all at once. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../../training-host/random";
import { openBackend } from "../../../../training-host/tensor/backends";
import type { AttentionHeads, Operations } from "../../../../training-host/tensor/operations";
import { portableOperations } from "../../../../training-host/tensor/portable";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { chooseVariant } from "../../../../training-host/tensor/wasm/kernels";
import { openKit } from "../../../../training-host/tensor/wasm/kit";
import { makeWasmOperations } from "../../../../training-host/tensor/wasm/wasm-operations";
import { largestDifference } from "../reference";
import { availableBlas } from "./available-blas";
import { startsOf } from "./operation-check";

interface Subject {
  backend: "cpu" | "wasm";
  operations: Operations;
}

const subjects = new Map<string, Subject>([["portable", { backend: "cpu", operations: portableOperations }]]);
let heap: Heap;

beforeAll(async () => {
  await openBackend("cpu");
  heap = await Heap.open();
  const folder = path.join(__DIST__, "wasm");
  // Lets the engine take the relaxed kernels, too.
  expect(chooseVariant(folder)).toBe("relaxed");
  const blas = availableBlas();
  for (const variant of ["relaxed", "simd"] as const)
    for (const library of variant === "relaxed" && blas ? [null, blas] : [null]) {
      const kit = await openKit(heap, { folder, variant, blas: library, threads: 2 });
      const name = library ? `${variant} with BLAS` : variant;
      subjects.set(name, { backend: "wasm", operations: makeWasmOperations(kit) });
    }
});

interface Sequence {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  /** Rows per pass. */
  passes: number[];
}

function sequenceOf(passes: number[], heads: AttentionHeads, random: Random): Sequence {
  const rows = passes.reduce((sum, count) => sum + count, 0);
  const numbers = (columns: number) => Float32Array.from({ length: rows * columns }, () => random.normal());
  const width = heads.keyValue * heads.size;
  return { q: numbers(heads.query * heads.size), k: numbers(width), v: numbers(width), passes };
}

const part = (values: Float32Array, columns: number, from: number, count: number) =>
  values.subarray(from * columns, (from + count) * columns);

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((values) => [...values]));
}

/** Rows of each sequence's result, from the passes that it takes part in. */
async function inPasses(
  { backend, operations }: Subject,
  sequences: readonly Sequence[],
  heads: AttentionHeads,
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const [queryWidth, width] = [heads.query * heads.size, heads.keyValue * heads.size];
  const pasts = sequences.map(() => operations.emptyPast());
  const results: Float32Array[][] = sequences.map(() => []);
  const most = Math.max(...sequences.map(({ passes }) => passes.length));
  for (let pass = 0; pass < most; pass++) {
    // Sequences that have ended leave the batch.
    const active = sequences.flatMap(({ passes }, index) => (pass < passes.length ? [index] : []));
    const counts = active.map((index) => sequences[index]!.passes[pass]!);
    const gather = (name: "q" | "k" | "v", columns: number) =>
      joined(
        active.map((index, i) => part(sequences[index]![name], columns, pasts[index]!.rows, counts[i]!)),
      );
    const [q, k, v] = [gather("q", queryWidth), gather("k", width), gather("v", width)];
    const out = tf.tidy(() =>
      operations
        .attentionWithPast(
          tf.tensor2d(q, [q.length / queryWidth, queryWidth]),
          tf.tensor2d(k, [k.length / width, width]),
          tf.tensor2d(v, [v.length / width, width]),
          startsOf(counts),
          active.map((index) => pasts[index]!),
          heads,
        )
        .dataSync<"float32">(),
    );
    const starts = startsOf(counts);
    for (const [i, index] of active.entries())
      results[index]!.push(part(out, queryWidth, starts[i]!, counts[i]!));
  }
  expect(pasts.map(({ rows }) => rows)).toEqual(sequences.map(({ q }) => q.length / queryWidth));
  for (const past of pasts) past.dispose();
  return results.map(joined);
}

async function atOnce(sequence: Sequence, heads: AttentionHeads): Promise<Float32Array> {
  await tf.setBackend("cpu");
  const width = heads.keyValue * heads.size;
  const rows = sequence.k.length / width;
  return tf.tidy(() =>
    portableOperations
      .attention(
        tf.tensor2d(sequence.q, [rows, heads.query * heads.size]),
        tf.tensor2d(sequence.k, [rows, width]),
        tf.tensor2d(sequence.v, [rows, width]),
        Int32Array.of(0, rows),
        heads,
      )
      .dataSync<"float32">(),
  );
}

async function expectSame(sequences: readonly Sequence[], heads: AttentionHeads): Promise<void> {
  const expected = await Promise.all(sequences.map((sequence) => atOnce(sequence, heads)));
  for (const [name, subject] of subjects) {
    const tensors = tf.memory().numTensors;
    const held = heap.bytesInUse;
    const actual = await inPasses(subject, sequences, heads);
    for (const [index, values] of actual.entries())
      expect(largestDifference(values, expected[index]!), name).toBeLessThan(2e-6);
    expect(tf.memory().numTensors, name).toBe(tensors);
    // The workspace may have grown, the pasts are gone.
    if (subject.backend === "cpu") expect(heap.bytesInUse).toBe(held);
  }
}

describe("attention with a past", () => {
  it("gives what attention gives at once, however the rows come", async () => {
    const rows = fc.integer({ min: 1, max: 9 });
    const passes = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, rows), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(passes, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 13 }),
        async (all, keyValue, group, half) => {
          const heads = { query: keyValue * group, keyValue, size: 2 * half };
          const random = new Random(half);
          await expectSame(
            all.map((one) => sequenceOf(one, heads, random)),
            heads,
          );
        },
      ),
      { numRuns: 20, seed: 11 },
    );
  });

  it("goes over the edges of blocks and of what memory was taken for", async () => {
    const heads = { query: 4, keyValue: 1, size: 24 };
    const random = new Random(5);
    const passes = [
      [48, 1, 1],
      [100, 60, 1],
      [64, 1, 49],
      [1, 130],
      [63, 1, 1, 1],
    ];
    await expectSame(
      passes.map((one) => sequenceOf(one, heads, random)),
      heads,
    );
  });

  it("gives a row the same bits whatever else is in the batch", async () => {
    const heads = { query: 4, keyValue: 2, size: 16 };
    const sequences = [
      [5, 1, 1],
      [9, 1, 1],
      [2, 1],
    ].map((passes) => sequenceOf(passes, heads, new Random(passes[0]!)));
    for (const [name, subject] of subjects) {
      const together = await inPasses(subject, sequences, heads);
      for (const [index, sequence] of sequences.entries()) {
        const [alone] = await inPasses(subject, [sequence], heads);
        expect(Buffer.from(together[index]!.buffer).equals(Buffer.from(alone!.buffer)), name).toBe(true);
      }
    }
  });

  it("gives the heap's memory back", async () => {
    const { operations } = subjects.get("simd")!;
    await tf.setBackend("wasm");
    const heads = { query: 2, keyValue: 2, size: 8 };
    const pass = (past: ReturnType<Operations["emptyPast"]>, rows: number) =>
      tf.tidy(() => {
        const x = tf.ones<tf.Rank.R2>([rows, 16]);
        operations.attentionWithPast(x, x, x, Int32Array.of(0, rows), [past], heads);
      });
    const once = operations.emptyPast();
    for (let i = 0; i < 10; i++) pass(once, 50);
    once.dispose();
    const held = heap.bytesInUse;
    const past = operations.emptyPast();
    for (let i = 0; i < 10; i++) pass(past, 50);
    expect(heap.bytesInUse - held).toBeGreaterThanOrEqual(500 * 16 * 2 * 4);
    past.dispose();
    past.dispose();
    expect(heap.bytesInUse).toBe(held);
  });
});

describe("a linear layer on a few rows", () => {
  it("reads bfloat16 as what it stands for, and treats every row alike", async () => {
    await tf.setBackend("wasm");
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        async (N, half, out) => {
          const random = new Random(N * half);
          const input = 2 * half;
          const halves = Uint16Array.from({ length: out * input }, () => {
            const bits = new Uint32Array(Float32Array.of(random.normal()).buffer)[0]!;
            return bits >>> 16;
          });
          const floats = new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
          const x = Float32Array.from({ length: N * input }, () => random.normal());
          const product = ({ operations }: Subject, weight: tf.Tensor2D, from = 0, to = N) =>
            tf.tidy(() => {
              const rows = tf.tensor2d(x.slice(from * input, to * input), [to - from, input]);
              return operations.linear(rows, weight, true).dataSync<"float32">();
            });
          const pairs = tf.tensor2d(new Int32Array(halves.buffer), [out, half], "int32");
          const weight = tf.tensor2d(floats, [out, input]);
          // Only a frozen weight may be in pairs.
          const frozen = tf.variable(pairs, false) as unknown as tf.Tensor2D;
          for (const [name, subject] of subjects) {
            if (subject.backend !== "wasm") continue;
            const whole = product(subject, weight);
            expect(product(subject, frozen), name).toEqual(whole);
            for (let row = 0; row < N; row++)
              expect(product(subject, weight, row, row + 1), name).toEqual(
                whole.slice(row * out, (row + 1) * out),
              );
          }
          tf.dispose([pairs, weight, frozen]);
        },
      ),
      { numRuns: 20, seed: 3 },
    );
  });
});
