/** The float types of checkpoints, to and from float32. Rounding is to nearest, ties to even; infinities and NaN are kept. */
export type FloatType = "F32" | "F16" | "BF16";

export const bytesPerNumber: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** `bytes` are little-endian, as on every machine that Node supports with typed arrays in host order. */
export function floatsFromBytes(bytes: Uint8Array, dtype: FloatType): Float32Array {
  const floats = new Float32Array(bytes.byteLength / bytesPerNumber[dtype]);
  storedPart(floats, dtype).set(bytes);
  widenInPlace(floats, dtype);
  return floats;
}

/** Where numbers of that type go in the memory of `floats`, to be widened there: all of it, or its second half. */
export function storedPart(floats: Float32Array, dtype: FloatType): Uint8Array {
  const bytes = floats.length * bytesPerNumber[dtype];
  return new Uint8Array(floats.buffer, floats.byteOffset + floats.byteLength - bytes, bytes);
}

/** Makes float32 of what lies in the `storedPart` of `floats`. From the front on, no number is overwritten before it is read. */
export function widenInPlace(floats: Float32Array, dtype: FloatType): void {
  if (dtype === "F32") return;
  const { buffer, byteOffset, length } = floats;
  const halves = new Uint16Array(buffer, byteOffset + 2 * length, length);
  if (dtype === "F16") {
    for (let i = 0; i < length; i++) floats[i] = floatFromHalf(halves[i]!);
    return;
  }
  // bfloat16 is the upper half of a float32.
  const words = new Uint32Array(buffer, byteOffset, length);
  for (let i = 0; i < length; i++) words[i] = halves[i]! << 16;
}

export function floatsToBytes(values: Float32Array, dtype: FloatType): Uint8Array {
  const { buffer, byteOffset, byteLength, length } = values;
  if (dtype === "F32") return new Uint8Array(buffer, byteOffset, byteLength);
  const words = new Uint32Array(buffer, byteOffset, length);
  const halves = new Uint16Array(length);
  const narrow = dtype === "BF16" ? bfloat16FromBits : halfFromBits;
  for (let i = 0; i < length; i++) halves[i] = narrow(words[i]!);
  return new Uint8Array(halves.buffer);
}

function bfloat16FromBits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function floatFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** `bits` of a float32. A fraction that rounds up to 1024 carries into the exponent, which is just the next half, or infinity. */
function halfFromBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65536 and more.
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 the units are all 2^-24: those of a float32 from 0.5 to 1.
    scratchBits[0] = magnitude;
    scratch[0]! += 0.5;
    return sign | (scratchBits[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}
