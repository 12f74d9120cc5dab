import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { Heap } from "../../../../training-host/tensor/wasm/heap";

let heap: Heap;

beforeAll(async () => {
  heap = await Heap.open();
});

describe("the wasm heap", () => {
  const tensors: tf.Tensor[] = [];
  afterEach(() => {
    tf.dispose(tensors.splice(0));
  });

  it("shares its memory with the backend", () => {
    const tensor = tf.tensor1d([1, 2, 3]);
    tensors.push(tensor);
    const values = heap.floatsAt(heap.addressOf(tensor), 3);
    expect([...values]).toEqual([1, 2, 3]);
    values[1] = 20;
    expect([...tensor.dataSync()]).toEqual([1, 20, 3]);
  });

  it("lets clones share data, each freed once", () => {
    const tensor = tf.tensor1d([1, 2]);
    const clone = tensor.clone();
    tensors.push(clone);
    expect(heap.addressOf(clone)).toBe(heap.addressOf(tensor));
    tensor.dispose();
    expect([...clone.dataSync()]).toEqual([1, 2]);
  });

  it("gives allocated tensors to tidy", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      heap.allocate([4, 4]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("says clearly when the memory is used up, and works on when some is freed", () => {
    const gibibyte = 2 ** 28;
    const fill = () => {
      // 4 GiB are the most that a heap of 32-bit addresses has; what is never written to takes no memory.
      for (let i = 0; i < 4; i++) tensors.push(heap.allocate([gibibyte]));
    };
    expect(fill).toThrowError(UserError);
    expect(fill).toThrowError(/Out of memory: 1024 MiB more were needed/);
    expect(fill).toThrowError(expect.objectContaining({ reason: "out-of-memory" }));
    tf.dispose(tensors.splice(0));
    const sum = tf.tidy(() => tf.sum(tf.ones([1000])).dataSync()[0]);
    expect(sum).toBe(1000);
  });

  it("reuses its workspace, and grows it", () => {
    const small = heap.workspace(1000);
    expect(heap.workspace(500)).toBe(small);
    const large = heap.workspace(1_000_000);
    heap.writeIntegers(Int32Array.of(7), large + 999_996);
    expect(heap.workspace(1_000_000)).toBe(large);
  });
});
