/** Stock TensorFlow.js operations on tensors of the heap, against those on its cpu backend. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../training-host/tensor/backends";
import { addConsuming } from "../../../../training-host/tensor/consuming-add";
import { Heap } from "../../../../training-host/tensor/wasm/heap";

beforeAll(async () => {
  await openBackend("cpu");
  await openBackend("wasm");
});

const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));

/** One of each kind: broadcasting, lists of inputs, several outputs, other types, views, gradients. */
const operations: Record<string, () => tf.Tensor[]> = {
  "multiplication with broadcasting": () => [
    tf.mul(tf.tensor(values, [4, 6]), tf.tensor1d([1, 2, 3, 4, 5, 6])),
  ],
  "addition of unlike types": () => [tf.add(tf.tensor(values), tf.scalar(2, "int32"))],
  "matrix multiplication": () => [tf.matMul(tf.tensor(values, [4, 6]), tf.tensor(values, [6, 4]))],
  "concatenation of a list": () => [tf.concat([tf.tensor(values, [4, 6]), tf.ones([2, 6])])],
  "a sum of a list": () => [tf.addN([tf.tensor(values), tf.onesLike(tf.tensor(values)), tf.tensor(values)])],
  "several outputs": () => {
    const { values: largest, indices } = tf.topk(tf.tensor(values), 3);
    return [largest, indices];
  },
  "integers and booleans": () => [tf.greater(tf.tensor(values), 0), tf.cast(tf.tensor(values), "int32")],
  "other shapes of the same data": () => [
    tf.reshape(tf.tensor(values), [2, -1]),
    tf.expandDims(tf.tensor(values)),
  ],
  "no elements": () => [tf.zeros([0, 3])],
  "filled tensors": () => [tf.fill([2, 3], 7), tf.zerosLike(tf.tensor(values)), tf.range(0, 5)],
  "gradients added up by the tape": () => [
    tf.grad((x) => tf.sum(tf.add(tf.square(x), tf.mul(x, 3))))(tf.tensor(values)),
  ],
};

describe("stock operations on the heap", () => {
  it.each(Object.entries(operations))("%s", async (_, compute) => {
    const run = async (backend: string) => {
      await tf.setBackend(backend);
      return tf.tidy(() =>
        compute().map((x) => ({ shape: x.shape, dtype: x.dtype, values: [...x.dataSync()] })),
      );
    };
    const [onHeap, onCpu] = [await run("wasm"), await run("cpu")];
    for (const [index, { shape, dtype, values }] of onCpu.entries()) {
      expect(onHeap[index]).toMatchObject({ shape, dtype });
      for (const [i, value] of values.entries()) expect(onHeap[index]!.values[i]).toBeCloseTo(value, 6);
    }
  });

  it("leave nothing behind", async () => {
    const heap = await Heap.open();
    const inUse = () => ({ tensors: tf.memory().numTensors, bytes: heap.bytesInUse });
    const before = inUse();
    for (const compute of Object.values(operations)) tf.tidy(() => tf.dispose(compute()));
    expect(inUse()).toEqual(before);
  });

  it("refuse complex numbers, which the heap does not hold", () => {
    expect(() => tf.complex([1], [2])).toThrowError("the wasm backend has no complex numbers");
  });
});

describe("tensors on the heap", () => {
  afterEach(() => tf.setBackend("wasm"));

  it("hold strings", () => {
    const words = tf.tensor1d(["heap", "größer"]);
    expect(words.dataSync()).toEqual(["heap", "größer"]);
    words.dispose();
  });

  it("come from another backend, and go there", async () => {
    await tf.setBackend("cpu");
    const there = tf.tensor(values);
    await tf.setBackend("wasm");
    const here = tf.add(there, there);
    expect(here.dataSync()[1]).toBe(2 * values[1]!);
    await tf.setBackend("cpu");
    expect(tf.sub(here, there).dataSync()[1]).toBe(values[1]);
    tf.dispose([there, here]);
  });

  it("are added to in place, unless others share their memory", async () => {
    await tf.setBackend("wasm");
    const heap = await Heap.open();
    const sum = tf.tensor(values);
    const address = heap.addressOf(sum);
    const alone = addConsuming(sum, tf.tensor(values));
    expect(heap.addressOf(alone)).toBe(address);
    expect(alone.dataSync()[1]).toBe(2 * values[1]!);
    const sharing = alone.clone();
    const added = addConsuming(alone, tf.tensor(values));
    expect(sharing.dataSync()[1]).toBe(2 * values[1]!);
    expect(added.dataSync()[1]).toBeCloseTo(3 * values[1]!, 6);
    tf.dispose([sharing, added]);
  });

  it("are read by copy", () => {
    const tensor = tf.tensor1d([1, 2, 3]);
    const read = tensor.dataSync();
    expect(read.buffer).toBeInstanceOf(ArrayBuffer);
    read[0] = 9;
    expect([...tensor.dataSync()]).toEqual([1, 2, 3]);
    tensor.dispose();
  });

  it("are zero where that is asked for, whatever lay there before", () => {
    const [filled, model] = [tf.fill([1000], 7), tf.ones([1000])];
    filled.dispose();
    const zeros = tf.zerosLike(model);
    expect(zeros.dataSync().every((value) => value === 0)).toBe(true);
    tf.dispose([zeros, model]);
  });
});
