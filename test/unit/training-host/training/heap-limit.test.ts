/** Training at the end of the 4 GiB that 32-bit addresses reach. What is never written to takes no memory. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { openBackend } from "../../../../training-host/tensor/backends";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { ShortTraining, sameBits } from "./short-training";

const MEBIBYTE = 2 ** 20;

/** Tensors that nobody writes to, of so many MiB each, until there is no room for another. */
function fill(heap: Heap, mebibytes: number): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  for (;;) {
    try {
      tensors.push(heap.allocate([(mebibytes * MEBIBYTE) / 4]));
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return tensors;
    }
  }
}

it("trains above 2 GiB, ends clearly at 4 GiB, and goes on when there is room again", async () => {
  const heap = await Heap.open();
  // Everything else comes to lie above these, the kernels' workspaces included: addresses with their highest bit set.
  const below = [heap.allocate([2 ** 28]), heap.allocate([2 ** 28]), heap.allocate([2 ** 16])];
  const backend = await openBackend("wasm", 2);
  const high = new ShortTraining(backend);
  for (const parameter of high.model.parameters.values())
    expect(heap.addressOf(parameter)).toBeGreaterThan(2 ** 31);
  const losses = [await high.steps(1)];

  const parameters = high.parameters();
  const tensors = tf.memory().numTensors;
  const filling = [256, 4, 1].flatMap((mebibytes) => fill(heap, mebibytes));
  const sentinel = Int32Array.of(1, 2, 3);
  const first = new Int32Array(heap.memory.buffer, heap.addressOf(filling[0]!), sentinel.length);
  first.set(sentinel);
  const failing = high.accumulate();
  await expect(failing).rejects.toThrowError(UserError);
  await expect(failing).rejects.toThrowError(
    /^Out of memory: \d+ MiB more were needed, and the tensors hold 40\d\d MiB of at most 4096 MiB\.$/,
  );
  await expect(failing).rejects.toMatchObject({
    reason: "out-of-memory",
    advice: expect.stringContaining("train.batch.micro"),
  });
  expect(first).toEqual(sentinel);
  expect(sameBits(high.parameters(), parameters)).toBe(true);
  high.model.clearGradients();
  tf.dispose(filling);
  expect(tf.memory().numTensors).toBe(tensors);
  losses.push(await high.steps(2));
  const trained = high.parameters();

  // The same with room everywhere, at low addresses. The batch that failed is drawn here, too.
  high.dispose();
  const above = [256, 1, 2 ** -6, 2 ** -14].flatMap((mebibytes) => fill(heap, mebibytes));
  tf.dispose(below);
  const low = new ShortTraining(backend);
  for (const parameter of low.model.parameters.values())
    expect(heap.addressOf(parameter)).toBeLessThan(2 ** 31);
  const expected = [await low.steps(1)];
  await low.accumulate();
  low.model.clearGradients();
  expected.push(await low.steps(2));
  expect(Buffer.concat(losses).equals(Buffer.concat(expected))).toBe(true);
  expect(sameBits(trained, low.parameters())).toBe(true);
  low.dispose();
  tf.dispose(above);
});
