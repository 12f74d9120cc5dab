/** The numbers of a tensor as a checkpoint stores them, and how a backend without a way of its own takes them in. */
import * as tf from "@tensorflow/tfjs-core";
import { bytesPerNumber, type FloatType, storedPart, widenInPlace } from "./float-types";

/** Read in pieces, so that a backend can put them where they stay: what it loads is never in memory twice. */
export interface StoredNumbers {
  readonly dtype: FloatType;
  readonly shape: readonly number[];
  /** Fills `target` with the stored bytes from `offset` on. Pieces may be asked for in any order, and several at a time. */
  read(target: Uint8Array, offset: number): Promise<void>;
}

/** Among the numbers there is an infinity or a NaN, at this index, row by row. */
export class NotFiniteError extends Error {
  constructor(readonly index: number) {
    super(`number ${index} is not finite`);
  }
}

/** Bytes read at a time: few enough for a processor's cache, which then has them when they are looked at. */
export const PIECE_BYTES = 2 ** 20;

/** For backends with a memory of their own: the tensor is in this process's memory once. Float32. @throws NotFiniteError */
export async function loadThroughArray(numbers: StoredNumbers): Promise<tf.Tensor> {
  const { dtype, shape } = numbers;
  const floats = new Float32Array(tf.util.sizeFromShape([...shape]));
  await inPieces(floats.length, dtype, async (at, count) => {
    const piece = floats.subarray(at, at + count);
    await numbers.read(storedPart(piece, dtype), at * bytesPerNumber[dtype]);
    widenInPlace(piece, dtype);
    const wrong = firstNotFinite(piece);
    if (wrong >= 0) throw new NotFiniteError(at + wrong);
  });
  return tf.tensor(floats, [...shape], "float32");
}

/** -1: all are finite. */
export function firstNotFinite(values: Float32Array): number {
  // Infinity - Infinity and NaN - NaN are NaN.
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return i;
  return -1;
}

/** Pieces that are read at the same time: a system's threads copy out of its cache, and give memory, side by side. */
const AT_A_TIME = 4;

/**
 * Calls `load` for pieces of `count` numbers. When one fails no other is begun, and none is under way any more: their memory
 * may be freed.
 */
export async function inPieces(
  count: number,
  dtype: FloatType,
  load: (at: number, count: number) => Promise<void>,
): Promise<void> {
  const most = PIECE_BYTES / bytesPerNumber[dtype];
  const failures: unknown[] = [];
  let next = 0;
  const reader = async () => {
    while (next < count && failures.length === 0) {
      const at = next;
      next = Math.min(count, at + most);
      await load(at, next - at).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, reader));
  if (failures.length > 0) throw earliest(failures);
}

/** Of several numbers that are not finite the first, whichever piece came first: the message is the same every time. */
function earliest(failures: readonly unknown[]): unknown {
  const indices = failures.flatMap((failure) => (failure instanceof NotFiniteError ? [failure] : []));
  return indices.sort((a, b) => a.index - b.index)[0] ?? failures[0];
}
