/** Loads tensors from a checkpoint right into the heap: what is read lies where it stays, and is widened in place. */
import * as tf from "@tensorflow/tfjs-core";
import type { Backend } from "../backend";
import { bytesPerNumber, type FloatType } from "../float-types";
import { inPieces, NotFiniteError, type StoredNumbers } from "../stored-numbers";
import type { Heap } from "./heap";
import type { Kit } from "./kit";

/** The bits of the exponent: a number is not finite when all are set. */
const exponents = { F16: 0x7c00, BF16: 0x7f80 } as const;

export function makeLoad(kit: Kit): Backend["load"] {
  return async (numbers, asPairs) => {
    const tensor = allocate(kit.heap, numbers, asPairs);
    try {
      await fill(kit, kit.heap.addressOf(tensor), numbers, asPairs);
    } catch (error) {
      tensor.dispose();
      throw error;
    }
    return tensor;
  };
}

/** float32 [shape], or pairs of bfloat16 as int32 [out, in / 2]. */
function allocate(heap: Heap, { shape }: StoredNumbers, asPairs: boolean): tf.Tensor {
  if (!asPairs) return heap.allocate(shape);
  const [out, input] = shape as [number, number];
  return heap.allocate([out, input / 2], "int32");
}

async function fill(
  { heap, kernels }: Kit,
  address: number,
  numbers: StoredNumbers,
  asPairs: boolean,
): Promise<void> {
  const { dtype, shape } = numbers;
  const stored = bytesPerNumber[dtype];
  const kept = asPairs ? 2 : 4;
  await inPieces(tf.util.sizeFromShape([...shape]), dtype, async (at, count) => {
    const begin = address + at * kept;
    // Narrower numbers are read into the end of the piece, and widened from its front on.
    const source = begin + count * (kept - stored);
    await numbers.read(heap.bytesAt(source, count * stored), at * stored);
    const wrong = firstNotFinite(source, count, dtype);
    if (wrong >= 0) throw new NotFiniteError(at + wrong);
    if (kept === stored) return;
    if (dtype === "BF16") kernels.widenBfloat16InPlace(source, begin, count);
    else kernels.widenFloat16(source, begin, count);
  });

  function firstNotFinite(source: number, count: number, dtype: FloatType): number {
    return dtype === "F32"
      ? kernels.firstNotFinite(source, count)
      : kernels.firstNotFiniteHalf(source, count, exponents[dtype]);
  }
}
