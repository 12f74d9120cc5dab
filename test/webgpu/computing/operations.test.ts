/** Every operation on WebGPU, forward and backward, against stock TensorFlow.js on its pure JavaScript backend. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../training-host/random";
import { openBackend } from "../../../training-host/tensor/backends";
import type { Operations } from "../../../training-host/tensor/operations";
import { portableOperations } from "../../../training-host/tensor/portable";
import { makeHeadLoss, makeTargetLosses } from "../../../training-host/tensor/stock/blocked-head-loss";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";
import { webgpuOperations } from "../../../training-host/tensor/webgpu/webgpu-operations";
import { largestDifference, largestMagnitude } from "../../unit/training-host/reference";
import {
  type Choose,
  type Differentiated,
  evaluate,
  expectClose,
  type Input,
  linearLayer,
  normal,
  TOLERANCE,
} from "../../unit/training-host/tensor/operation-check";

beforeAll(async () => {
  await openBackend("cpu");
  await openWebGpu();
});

async function expectSame(
  inputs: readonly Input[],
  choose: Choose,
  operations: Operations = webgpuOperations,
): Promise<void> {
  await tf.setBackend("cpu");
  const expected = await evaluate(portableOperations, inputs, choose);
  await tf.setBackend("webgpu");
  expectClose(await evaluate(operations, inputs, choose), expected, "webgpu");
}

async function expectSameLosses(
  inputs: readonly Input[],
  labels: Int32Array,
  operations: Operations,
): Promise<void> {
  const lossesOn = async (backend: "cpu" | "webgpu", { headLoss, targetLosses }: Operations) => {
    await tf.setBackend(backend);
    const losses = tf.tidy(() => {
      const [hidden, head] = inputs.map(({ values, shape }) =>
        tf.tensor2d(values, shape as [number, number]),
      );
      return [headLoss(hidden!, head!, labels, 1).losses, targetLosses(hidden!, head!, labels)];
    });
    const values = await Promise.all(losses.map((tensor) => tensor.data<"float32">()));
    tf.dispose(losses);
    return values;
  };
  const [expected] = await lossesOn("cpu", portableOperations);
  for (const losses of await lossesOn("webgpu", operations))
    expect(largestDifference(losses, expected!)).toBeLessThan(TOLERANCE * largestMagnitude(expected!));
}

describe("matrix multiplication against the cpu backend", () => {
  const allWays = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ];

  it.each([
    { what: "one number", a: [1, 1], b: [1, 1] },
    { what: "edges of tiles", a: [33, 17], b: [17, 65] },
    { what: "a sum in several parts", a: [5, 1030], b: [1030, 7] },
    { what: "a batch of sums in several parts", a: [3, 4, 600], b: [3, 600, 2] },
    { what: "many workgroups", a: [128, 5, 6], b: [128, 6, 7], ways: [[false, true]] },
    { what: "one matrix for a whole batch", a: [2, 3, 4, 5], b: [5, 6] },
  ])("$what", async ({ a, b, ways = allWays }) => {
    const random = new Random(10);
    const inner = a.at(-1)!;
    const [left, right] = [normal(random, ...a), normal(random, ...b)];
    left.values.forEach((value, i) => {
      left.values[i] = value / Math.sqrt(inner);
    });
    for (const [transposeA, transposeB] of ways) {
      const products: Float32Array[] = [];
      for (const backend of ["cpu", "webgpu"]) {
        await tf.setBackend(backend);
        const product = tf.tidy(() => {
          const x = tf.tensor(left.values, left.shape);
          const y = tf.tensor(right.values, right.shape);
          return tf.matMul(transposed(x, transposeA!), transposed(y, transposeB!), transposeA, transposeB);
        });
        expect(product.shape).toEqual([...a.slice(0, -1), b.at(-1)]);
        products.push(await product.data<"float32">());
        product.dispose();
      }
      expect(largestDifference(products[1]!, products[0]!)).toBeLessThan(TOLERANCE);
    }
  });

  function transposed(x: tf.Tensor, really: boolean): tf.Tensor {
    const axes = x.shape.map((_, axis) => axis);
    return really ? tf.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]) : x;
  }
});

describe("operations against the cpu backend", () => {
  it.each([
    [1, 1, 1],
    [7, 9, 5],
    [40, 33, 70],
    [5, 300, 16],
    [300, 6, 8],
  ])("linear: %d rows, %d to %d", async (N, input, out) => {
    const random = new Random(N);
    const x = normal(random, N, input);
    x.values.forEach((value, i) => {
      x.values[i] = value / Math.sqrt(input);
    });
    await expectSame([x, normal(random, out, input)], linearLayer);
  });

  it("linear with a low-rank adapter, and dropout before it", async () => {
    const random = new Random(1);
    const [x, weight] = [normal(random, 9, 12), normal(random, 7, 12)];
    await expectSame([x, normal(random, 3, 12), normal(random, 7, 3)], ({ adaptedLinear }) => {
      const frozen = tf.tensor2d(weight.values, [7, 12]);
      return (x, down, up) =>
        adaptedLinear(x as tf.Tensor2D, frozen, {
          down: down as tf.Tensor2D,
          up: up as tf.Tensor2D,
          scale: 2,
          dropout: { rate: 0.3, key: 5 },
        });
    });
  });

  it("add", async () => {
    const random = new Random(2);
    await expectSame([normal(random, 9, 30), normal(random, 9, 30)], ({ add }) => add as Differentiated);
  });

  it("addBias and scale", async () => {
    const random = new Random(11);
    await expectSame(
      [normal(random, 70, 30), normal(random, 30)],
      ({ addBias }) => addBias as Differentiated,
    );
    await expectSame(
      [normal(random, 9, 30)],
      ({ scale }) =>
        (x) =>
          scale(x as tf.Tensor2D, 1.7),
    );
  });

  it.each([
    [1, 2, 0],
    [17, 64, 1],
    [150, 70, 0],
  ])("rmsNorm: %d rows of %d, offset %d", async (N, D, offset) => {
    const random = new Random(N);
    await expectSame(
      [normal(random, N, D), normal(random, D)],
      ({ rmsNorm }) =>
        (x, weight) =>
          rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-5, offset),
    );
  });

  it("rope", async () => {
    const random = new Random(3);
    const angles = Float32Array.from({ length: 32 * 8 }, () => 6 * random.next());
    const positions = Int32Array.from({ length: 20 }, () => random.integer(32));
    await expectSame([normal(random, 20, 3 * 16)], ({ rope }) => {
      const cosines = tf.tensor2d(angles.map(Math.cos), [32, 8]);
      const sines = tf.tensor2d(angles.map(Math.sin), [32, 8]);
      const at = tf.tensor1d(positions, "int32");
      return (x) => rope(x as tf.Tensor2D, { cosines, sines }, at);
    });
  });

  it.each(["swiglu", "geglu"] as const)("%s, also beyond the range in which e^x is a float", async (name) => {
    const random = new Random(4);
    const gate = normal(random, 20, 30);
    gate.values[0] = 95;
    gate.values[599] = -95;
    await expectSame([gate, normal(random, 20, 30)], (operations) => operations[name] as Differentiated);
  });

  it.each([
    { lengths: [6, 6, 6] },
    { lengths: [1] },
    { lengths: [20, 3, 0, 19, 40, 1, 33] },
    { lengths: [9, 12], query: 4, keyValue: 2, size: 6 },
    { lengths: [96, 47], query: 3, keyValue: 1, size: 8 },
  ])("attention within sequences of $lengths", async ({ lengths, query = 2, keyValue = 2, size = 4 }) => {
    const random = new Random(5);
    let row = 0;
    const starts = Int32Array.of(0, ...lengths.map((length) => (row += length)));
    const columns = [query, keyValue, keyValue].map((heads) => heads * size);
    await expectSame(
      columns.map((width) => normal(random, row, width)),
      ({ attention }) =>
        (q, k, v) =>
          attention(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, starts, { query, keyValue, size }),
    );
  });

  it.each([
    [1, 1, 3],
    [30, 20, 9],
    [200, 7, 33],
  ])("embed: %d of %d rows of %d", async (N, V, D) => {
    const random = new Random(N);
    const ids = Int32Array.from({ length: N }, () => random.integer(V));
    await expectSame([normal(random, V, D)], ({ embed }) => {
      const rows = tf.tensor1d(ids, "int32");
      return (table) => embed(table as tf.Tensor2D, rows);
    });
  });

  it.each([
    [1, 2, 3],
    [40, 60, 16],
  ])("headLoss: %d of %d tokens, width %d, in one block and in several", async (M, V, D) => {
    const random = new Random(6);
    const labels = Int32Array.from({ length: M }, () => random.integer(V));
    const inputs = [normal(random, M, D), normal(random, V, D)];
    const scale = 3 / M;
    const blocks = { headLoss: makeHeadLoss(7 * V), targetLosses: makeTargetLosses(7 * V) };
    for (const variant of [webgpuOperations, { ...webgpuOperations, ...blocks }]) {
      await expectSame(
        inputs,
        ({ headLoss }) =>
          (hidden, head) =>
            tf.mul(headLoss(hidden as tf.Tensor2D, head as tf.Tensor2D, labels, scale).total, 1.5),
        variant,
      );
      await expectSameLosses(inputs, labels, variant);
    }
  });

  it("accumulate and sumOfSquares", async () => {
    const [a, b] = [normal(new Random(7), 5, 7), normal(new Random(8), 5, 7)];
    await tf.setBackend("webgpu");
    const sum = webgpuOperations.accumulate(tf.tensor(a.values, a.shape), tf.tensor(b.values, b.shape));
    const expected = a.values.map((value, i) => Math.fround(value + b.values[i]!));
    const squares = await webgpuOperations.sumOfSquares([sum]);
    expect([...(await sum.data())]).toEqual([...expected]);
    expect(squares / expected.reduce((total, value) => total + value * value, 0)).toBeCloseTo(1, 5);
    sum.dispose();
  });
});
