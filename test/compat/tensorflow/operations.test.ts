/** Every operation on TensorFlow's library, forward and backward, against TensorFlow.js's pure JavaScript backend. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../training-host/random";
import { openCpu } from "../../../training-host/tensor/cpu-backend";
import type { Operations } from "../../../training-host/tensor/operations";
import { portableOperations } from "../../../training-host/tensor/portable";
import { openTensorflow } from "../../../training-host/tensor/tensorflow/tensorflow-backend";
import { largestDifference, largestMagnitude } from "../../unit/training-host/reference";
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
} from "../../unit/training-host/tensor/operation-check";

const open = { cpu: openCpu, tensorflow: () => openTensorflow({ gpu: false, threads: 1 }) };

async function expectSame(inputs: readonly Input[], choose: Choose): Promise<void> {
  const cpu = await open.cpu();
  const expected = await evaluate(cpu.operations, inputs, choose);
  const tensorflow = await open.tensorflow();
  expectClose(await evaluate(tensorflow.operations, inputs, choose), expected, "tensorflow");
}

beforeAll(async () => {
  const { detail } = await open.tensorflow();
  expect(detail).toMatch(/^TensorFlow 2\.\d+\.\d+ on the CPU/);
});

describe("operations against the cpu backend", () => {
  it.each([
    [1, 1, 1],
    [7, 9, 5],
    [40, 33, 70],
    [5, 300, 16],
    [300, 6, 128],
  ])("linear: %d rows, %d to %d", async (N, input, out) => {
    const random = new Random(N);
    const x = normal(random, N, input);
    // Divided by the root of the inner size, so that rounding errors are not measured against lucky sums.
    x.values.forEach((value, i) => {
      x.values[i] = value / Math.sqrt(input);
    });
    await expectSame([x, normal(random, out, input)], linearLayer);
  });

  it("add", () =>
    expectSame(
      [normal(new Random(1), 7, 30), normal(new Random(2), 7, 30)],
      ({ add }) => add as Differentiated,
    ));

  it("addBias", () =>
    expectSame(
      [normal(new Random(1), 70, 30), normal(new Random(2), 30)],
      ({ addBias }) => addBias as Differentiated,
    ));

  it("scale", () =>
    expectSame(
      [normal(new Random(1), 9, 30)],
      ({ scale }) =>
        (x) =>
          scale(x as tf.Tensor2D, 1.7),
    ));

  it.each([0, 1])("rmsNorm, offset %d", (offset) =>
    expectSame(
      [normal(new Random(1), 20, 70), normal(new Random(2), 70)],
      ({ rmsNorm }) =>
        (x, weight) =>
          rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-5, offset),
    ),
  );

  it.each([
    [1, 1, 1],
    [20, 3, 16],
  ])("rope: %d rows, %d heads, %d pairs", async (N, heads, half) => {
    const random = new Random(N);
    const angles = Float32Array.from({ length: 32 * half }, () => 6 * random.next());
    const positions = Int32Array.from({ length: N }, () => random.integer(32));
    await expectSame([normal(random, N, heads * 2 * half)], ({ rope }) => {
      const cosines = tf.tensor2d(angles.map(Math.cos), [32, half]);
      const sines = tf.tensor2d(angles.map(Math.sin), [32, half]);
      const at = tf.tensor1d(positions, "int32");
      return (x) => rope(x as tf.Tensor2D, { cosines, sines }, at);
    });
  });

  it.each(["swiglu", "geglu"] as const)("%s, also beyond the range in which e^x is a float", async (name) => {
    const gate = normal(new Random(1), 9, 30);
    gate.values[0] = 95;
    gate.values[9 * 30 - 1] = -95;
    await expectSame(
      [gate, normal(new Random(2), 9, 30)],
      (operations) => operations[name] as Differentiated,
    );
  });

  it.each([
    [[1], 1, 1],
    [[5, 1, 9], 2, 2],
    [[48, 49], 2, 1],
    [[150], 1, 3],
  ])(
    "attention within sequences of %j rows, %d key-value heads, %d query heads each",
    async (lengths, keyValue, group) => {
      const random = new Random(3);
      const starts = startsOf(lengths);
      const N = starts.at(-1)!;
      const heads = { query: keyValue * group, keyValue, size: 8 };
      const [wide, narrow] = [heads.query * heads.size, keyValue * heads.size];
      await expectSame(
        [normal(random, N, wide), normal(random, N, narrow), normal(random, N, narrow)],
        ({ attention }) =>
          (q, k, v) =>
            attention(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, starts, heads),
      );
    },
  );

  it("embed, with repeated ids", () => {
    const random = new Random(4);
    const ids = Int32Array.from({ length: 40 }, () => random.integer(12));
    return expectSame([normal(random, 12, 20)], ({ embed }) => {
      const rows = tf.tensor1d(ids, "int32");
      return (table) => embed(table as tf.Tensor2D, rows);
    });
  });

  it.each([
    [1, 2, 1],
    [40, 60, 20],
    [66, 900, 3],
  ])("headLoss: %d rows, %d tokens, width %d", async (M, V, D) => {
    const random = new Random(M);
    const labels = Int32Array.from({ length: M }, () => random.integer(V));
    const inputs = [normal(random, M, D), normal(random, V, D)];
    await expectSame(inputs, ({ headLoss }) => (hidden, head) => {
      const { total } = headLoss(hidden as tf.Tensor2D, head as tf.Tensor2D, labels, 3 / M);
      return tf.mul(total, 1.5);
    });
    const lossesOn = async (name: keyof typeof open) => {
      const { operations } = await open[name]();
      return tf.tidy(() => {
        const tensors = inputs.map(({ values, shape }) => tf.tensor(values.slice(), shape));
        const [hidden, head] = tensors as [tf.Tensor2D, tf.Tensor2D];
        return [
          operations.headLoss(hidden, head, labels, 1).losses.dataSync<"float32">(),
          operations.targetLosses(hidden, head, labels).dataSync<"float32">(),
        ];
      });
    };
    const [expected] = await lossesOn("cpu");
    for (const losses of await lossesOn("tensorflow"))
      expect(largestDifference(losses, expected!)).toBeLessThan(TOLERANCE * largestMagnitude(expected!));
  });

  it("headLoss in several blocks of rows", async () => {
    const [M, V, D] = [301, 17_000, 3];
    const { operations } = await open.tensorflow();
    const random = new Random(5);
    const labels = Int32Array.from({ length: M }, () => random.integer(V));
    const tensors = [normal(random, M, D), normal(random, V, D)].map(({ values, shape }) =>
      tf.tensor(values, shape),
    );
    const gradients = ({ headLoss }: Operations) =>
      tf.grads((hidden, head) => headLoss(hidden as tf.Tensor2D, head as tf.Tensor2D, labels, 1 / M).total)(
        tensors,
      );
    // On the same backend: the one in plain JavaScript takes half a minute.
    const expected = gradients(portableOperations);
    for (const [index, gradient] of gradients(operations).entries()) {
      const values = expected[index]!.dataSync();
      const difference = largestDifference(gradient.dataSync(), values);
      expect(difference / largestMagnitude(values), `gradient ${index}`).toBeLessThan(TOLERANCE);
      gradient.dispose();
    }
    tf.dispose([expected, tensors]);
  });

  it.each([null, { rate: 0.3, key: 99 }])("adaptedLinear, with dropout %j", (dropout) => {
    const random = new Random(6);
    const weight = normal(random, 40, 33);
    return expectSame(
      [normal(random, 20, 33), normal(random, 4, 33), normal(random, 40, 4)],
      ({ adaptedLinear }) => {
        const frozen = tf.tensor2d(weight.values.slice(), [40, 33]);
        return (x, down, up) =>
          adaptedLinear(x as tf.Tensor2D, frozen, {
            down: down as tf.Tensor2D,
            up: up as tf.Tensor2D,
            scale: 1.5,
            dropout,
          });
      },
    );
  });

  it("sumOfSquares and accumulate", async () => {
    const { operations } = await open.tensorflow();
    const [x, y] = [tf.tensor1d([3, 4]), tf.tensor2d([[12]])];
    expect(await operations.sumOfSquares([x, y])).toBe(169);
    const sum = operations.accumulate(x, tf.tensor1d([1, 1]));
    expect([...sum.dataSync()]).toEqual([4, 5]);
    tf.dispose([sum, y]);
  });

  it("says that memory is out, and computes on", async () => {
    await open.tensorflow();
    const [column, row] = [tf.ones([2_000_000, 1]), tf.ones([1, 2_000_000])];
    // 16 terabytes.
    expect(() => tf.matMul(column, row)).toThrow(
      expect.objectContaining({
        reason: "out-of-memory",
        message: "Out of memory: TensorFlow has no room in the machine's memory for 15258790 MiB more.",
      }),
    );
    const sum = tf.sum(column);
    expect([...sum.dataSync()]).toEqual([2_000_000]);
    tf.dispose([column, row, sum]);
  });
});
