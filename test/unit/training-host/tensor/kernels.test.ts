/** Every operation on our own kernels, forward and backward, against stock TensorFlow.js on its pure JavaScript backend. */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../../training-host/random";
import { openBackend } from "../../../../training-host/tensor/backends";
import type { Blas } from "../../../../training-host/tensor/blas/blas";
import type { Operations } from "../../../../training-host/tensor/operations";
import { portableOperations } from "../../../../training-host/tensor/portable";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { chooseVariant, type KernelVariant } from "../../../../training-host/tensor/wasm/kernels";
import { openKit } from "../../../../training-host/tensor/wasm/kit";
import { makeWasmOperations } from "../../../../training-host/tensor/wasm/wasm-operations";
import { largestDifference, largestMagnitude } from "../reference";
import { availableBlas, NEEDS_BLAS } from "./available-blas";
import {
  type Choose,
  type Differentiated,
  evaluate,
  expectClose,
  type Input,
  linearLayer,
  normal,
  startsOf,
  TOLERANCE,
} from "./operation-check";

const wasmFolder = path.join(__DIST__, "wasm");

const blas = availableBlas();
const variants = new Map<string, Operations>();

beforeAll(async () => {
  await openBackend("cpu");
  const heap = await Heap.open();
  expect(chooseVariant(wasmFolder)).toBe("relaxed");
  for (const variant of ["relaxed", "simd"] as const) await addVariant(heap, variant, variant, null);
  if (blas) await addVariant(heap, "relaxed with BLAS", "relaxed", blas);
});

async function addVariant(
  heap: Heap,
  name: string,
  variant: KernelVariant,
  blas: Blas | null,
): Promise<void> {
  const kit = await openKit(heap, { folder: wasmFolder, variant, blas, threads: 1 });
  variants.set(name, makeWasmOperations(kit));
}

async function expectSame(inputs: readonly Input[], choose: Choose): Promise<void> {
  await tf.setBackend("cpu");
  const expected = await evaluate(portableOperations, inputs, choose);
  await tf.setBackend("wasm");
  for (const [variant, operations] of variants)
    expectClose(await evaluate(operations, inputs, choose), expected, variant);
}

const size = (max: number, min = 1) => fc.integer({ min, max });
const seed = fc.integer({ min: 0, max: 1e9 });

/** Checks a property of shapes: fixed seed, so that a failure stays. */
async function forAll<T extends unknown[]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...values: T) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(...(arbitraries as unknown as [fc.Arbitrary<T[number]>]), check as never),
    {
      numRuns: 25,
      seed: 7,
    },
  );
}

describe("kernels against the cpu backend", () => {
  it.skipIf(!blas)(`are checked with BLAS, too; ${NEEDS_BLAS}`, () => {
    expect([...variants.keys()]).toEqual(["relaxed", "simd", "relaxed with BLAS"]);
  });

  it("linear, of any shape", () =>
    forAll([size(50), size(40), size(40), seed], async (N, input, out, seed) => {
      const random = new Random(seed);
      await expectSame([normal(random, N, input), normal(random, out, input)], linearLayer);
    }));

  it.each([
    [6, 8, 4],
    [7, 9, 5],
    [1, 1, 1],
    [98, 390, 70],
    [100, 40, 300],
    [391, 17, 33],
  ])("linear over the edges of blocks: %d rows, %d to %d", async (N, input, out) => {
    const random = new Random(N);
    // Divided by the root of the inner size, so that rounding errors are not measured against lucky sums.
    const x = normal(random, N, input);
    x.values.forEach((value, i) => {
      x.values[i] = value / Math.sqrt(input);
    });
    await expectSame([x, normal(random, out, input)], linearLayer);
  });

  it("adaptedLinear, of any shape, with and without dropout", () =>
    forAll([size(40), size(40), size(30), size(9), seed], async (N, input, out, rank, seed) => {
      const random = new Random(seed);
      const weight = normal(random, out, input);
      const dropout = seed % 2 === 0 ? null : { rate: random.next() * 0.9, key: random.integer(2 ** 32) };
      await expectSame(
        [normal(random, N, input), normal(random, rank, input), normal(random, out, rank)],
        ({ adaptedLinear }) => {
          const frozen = tf.tensor2d(weight.values, [out, input]);
          return (x, down, up) =>
            adaptedLinear(x as tf.Tensor2D, frozen, {
              down: down as tf.Tensor2D,
              up: up as tf.Tensor2D,
              scale: 1.5,
              dropout,
            });
        },
      );
    }));

  it("add", () =>
    forAll([size(20), size(30), seed], async (N, D, seed) => {
      const random = new Random(seed);
      await expectSame([normal(random, N, D), normal(random, N, D)], ({ add }) => add as Differentiated);
    }));

  it("addBias", () =>
    forAll([size(40), size(30), seed], async (N, D, seed) => {
      const random = new Random(seed);
      await expectSame([normal(random, N, D), normal(random, D)], ({ addBias }) => addBias as Differentiated);
    }));

  it("scale", () =>
    forAll([size(20), size(30), seed], async (N, D, seed) => {
      await expectSame(
        [normal(new Random(seed), N, D)],
        ({ scale }) =>
          (x) =>
            scale(x as tf.Tensor2D, Math.sqrt(D)),
      );
    }));

  it.each([undefined, 1])("rmsNorm, with the offset %s", (offset) =>
    forAll([size(30), size(70, 2), seed], async (N, D, seed) => {
      const random = new Random(seed);
      await expectSame(
        [normal(random, N, D), normal(random, D)],
        ({ rmsNorm }) =>
          (x, weight) =>
            rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-5, offset),
      );
    }),
  );

  it("rope", () =>
    forAll([size(20), size(4), size(18), seed], async (N, heads, half, seed) => {
      const random = new Random(seed);
      const angles = Float32Array.from({ length: 32 * half }, () => 6 * random.next());
      const positions = Int32Array.from({ length: N }, () => random.integer(32));
      await expectSame([normal(random, N, heads * 2 * half)], ({ rope }) => {
        const cosines = tf.tensor2d(angles.map(Math.cos), [32, half]);
        const sines = tf.tensor2d(angles.map(Math.sin), [32, half]);
        const at = tf.tensor1d(positions, "int32");
        return (x) => rope(x as tf.Tensor2D, { cosines, sines }, at);
      });
    }));

  it.each(["swiglu", "geglu"] as const)("%s, also beyond the range in which e^x is a float", (name) =>
    forAll([size(20), size(30), seed], async (N, D, seed) => {
      const random = new Random(seed);
      const gate = normal(random, N, D);
      gate.values[0] = 95;
      gate.values[N * D - 1] = -95;
      await expectSame([gate, normal(random, N, D)], (operations) => operations[name] as Differentiated);
    }),
  );

  it("attention within ragged sequences, with grouped heads", () =>
    forAll(
      [fc.array(size(20), { minLength: 1, maxLength: 4 }), size(2), size(3), size(9), seed],
      async (lengths, keyValue, group, half, seed) => {
        const random = new Random(seed);
        const starts = startsOf(lengths);
        const heads = { query: keyValue * group, keyValue, size: 2 * half };
        await expectSameAttention(random, starts, heads);
      },
    ));

  it("attention over the edges of blocks", async () => {
    for (const lengths of [[48], [49, 1], [96, 47], [150]])
      await expectSameAttention(new Random(3), startsOf(lengths), { query: 2, keyValue: 1, size: 8 });
  });

  it("embed, with repeated ids", () =>
    forAll([size(30), size(20), size(20), seed], async (N, V, D, seed) => {
      const random = new Random(seed);
      const ids = Int32Array.from({ length: N }, () => random.integer(V));
      await expectSame([normal(random, V, D)], ({ embed }) => {
        const rows = tf.tensor1d(ids, "int32");
        return (table) => embed(table as tf.Tensor2D, rows);
      });
    }));

  it("headLoss, its scale and a further factor", () =>
    forAll([size(40), size(60, 2), size(20), seed], async (M, V, D, seed) => {
      await expectSameHeadLoss(new Random(seed), M, V, D);
    }));

  it("headLoss in several blocks of rows", () => expectSameHeadLoss(new Random(5), 260, 2100, 3));
});

async function expectSameAttention(
  random: Random,
  starts: Int32Array,
  heads: { query: number; keyValue: number; size: number },
): Promise<void> {
  const N = starts.at(-1)!;
  const columns = { q: heads.query * heads.size, k: heads.keyValue * heads.size };
  await expectSame(
    [normal(random, N, columns.q), normal(random, N, columns.k), normal(random, N, columns.k)],
    ({ attention }) =>
      (q, k, v) =>
        attention(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, starts, heads),
  );
}

async function expectSameHeadLoss(random: Random, M: number, V: number, D: number): Promise<void> {
  const labels = Int32Array.from({ length: M }, () => random.integer(V));
  const inputs = [normal(random, M, D), normal(random, V, D)];
  await expectSame(inputs, ({ headLoss }) => (hidden, head) => {
    const { total } = headLoss(hidden as tf.Tensor2D, head as tf.Tensor2D, labels, 3 / M);
    return tf.mul(total, 1.5);
  });
  const lossesOn = async (backend: "cpu" | "wasm", operations: Operations) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const [hidden, head] = inputs.map(({ values, shape }) => tf.tensor(values, shape));
      return [
        operations
          .headLoss(hidden as tf.Tensor2D, head as tf.Tensor2D, labels, 1)
          .losses.dataSync<"float32">(),
        operations.targetLosses(hidden as tf.Tensor2D, head as tf.Tensor2D, labels).dataSync<"float32">(),
      ];
    });
  };
  const [expected] = await lossesOn("cpu", portableOperations);
  for (const operations of variants.values())
    for (const losses of await lossesOn("wasm", operations))
      expect(largestDifference(losses, expected!)).toBeLessThan(TOLERANCE * largestMagnitude(expected!));
}
