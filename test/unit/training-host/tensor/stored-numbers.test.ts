/** How stored numbers come onto a backend: in pieces, in any order, each looked at. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import {
  bytesPerNumber,
  type FloatType,
  floatsFromBytes,
  floatsToBytes,
} from "../../../../training-host/tensor/float-types";
import { PIECE_BYTES, type StoredNumbers } from "../../../../training-host/tensor/stored-numbers";

/** Several pieces of any type, and a rest that fills no vector. */
const COUNT = (3 * PIECE_BYTES) / 4 + 13;

/** Numbers in memory that are read as from a disk: the pieces arrive in another order than they were asked for. */
function stored(bytes: Uint8Array, dtype: FloatType, shape: readonly number[]): StoredNumbers {
  const random = new Random(1);
  return {
    ...{ dtype, shape },
    read: async (target, offset) => {
      for (let turns = random.integer(8); turns > 0; turns--) await new Promise(setImmediate);
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

const random = new Random(2);
const numbers = Float32Array.from({ length: COUNT }, () => 0.1 * random.next() - 0.05);

function randomBytes(count: number, dtype: FloatType): Uint8Array {
  return floatsToBytes(numbers.subarray(0, count), dtype).slice();
}

describe.each(["cpu", "wasm"] as const)("%s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend(name);
  });

  it.each(["F32", "F16", "BF16"] as const)("holds the numbers that are stored as %s", async (dtype) => {
    const bytes = randomBytes(COUNT, dtype);
    const before = tf.memory().numTensors;
    const tensor = await backend.load(stored(bytes, dtype, [COUNT]), false);
    expect(tensor.shape).toEqual([COUNT]);
    expect(tensor.dtype).toBe("float32");
    const [found, expected] = [tensor.dataSync<"float32">(), floatsFromBytes(bytes, dtype)];
    expect(found.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
    tensor.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(["F16", "BF16"] as const)("widens every finite %s exactly", async (dtype) => {
    const exponent = dtype === "F16" ? 0x7c00 : 0x7f80;
    const finite = Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & exponent) !== exponent,
    );
    const bytes = new Uint8Array(Uint16Array.from(finite).buffer);
    const tensor = await backend.load(stored(bytes, dtype, [finite.length]), false);
    const [found, expected] = [tensor.dataSync<"float32">(), floatsFromBytes(bytes, dtype)];
    expect(found.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
    tensor.dispose();
  });

  const notFinite: Record<FloatType, number[][]> = {
    F32: [
      [0, 0, 0x80, 0x7f],
      [0, 0, 0x80, 0xff],
      [1, 0, 0x80, 0x7f],
      [0, 0, 0xc0, 0x7f],
    ],
    F16: [
      [0, 0x7c],
      [0, 0xfc],
      [1, 0x7e],
    ],
    BF16: [
      [0x80, 0x7f],
      [0x80, 0xff],
      [0xc1, 0x7f],
    ],
  };

  it.each(["F32", "F16", "BF16"] as const)("finds the first number of %s that is none", async (dtype) => {
    const piece = PIECE_BYTES / bytesPerNumber[dtype];
    const before = tf.memory().numTensors;
    for (const [which, place] of [0, 1, 15, 16, 1003, piece - 1, piece, COUNT - 14, COUNT - 1].entries()) {
      const bytes = randomBytes(COUNT, dtype);
      const patterns = notFinite[dtype];
      // Another one later, which may be read earlier.
      for (const at of [place, COUNT - 1])
        bytes.set(patterns[which % patterns.length]!, at * bytesPerNumber[dtype]);
      await expect(backend.load(stored(bytes, dtype, [COUNT]), false)).rejects.toMatchObject({
        index: place,
      });
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("frees nothing that is still read into, and tells why reading failed", async () => {
    const before = tf.memory().numTensors;
    let reading = 0;
    const failing: StoredNumbers = {
      ...{ dtype: "F32", shape: [COUNT] },
      read: async (target, offset) => {
        reading++;
        target.fill(0);
        for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
        reading--;
        if (offset === PIECE_BYTES) throw new Error("the disk is gone");
      },
    };
    await expect(backend.load(failing, false)).rejects.toThrow("the disk is gone");
    expect(reading).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("keeps bfloat16 as it is stored where the backend computes with pairs", async () => {
  const backend = await openBackend("wasm");
  const bytes = randomBytes(700 * 1000, "BF16");
  const pairs = await backend.load(stored(bytes, "BF16", [700, 1000]), true);
  expect(pairs.shape).toEqual([700, 500]);
  expect(pairs.dtype).toBe("int32");
  expect(Buffer.from(pairs.dataSync<"int32">().buffer).equals(bytes)).toBe(true);
  pairs.dispose();
  bytes.set([0x80, 0x7f], 2 * 654_321);
  await expect(backend.load(stored(bytes, "BF16", [700, 1000]), true)).rejects.toMatchObject({
    index: 654_321,
  });
});
