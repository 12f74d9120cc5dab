import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { DamagedParquet } from "./damaged-parquet";

/** Values of one page, and of one run in it. Writers start a new page every megabyte or every 20,000 rows. */
export const MOST_PAGE_VALUES = 2 ** 22;

/**
 * Walks over runs in the hybrid of run-length encoding and bit-packing (Parquet's Encodings.md) that hold `count` values, and refuses
 * those that would make hyparquet write far beyond them. Returns how many of the values equal `wanted`, and where the runs end.
 */
export function checkRuns(
  bytes: Uint8Array,
  range: { start: number; end: number },
  width: number,
  count: number,
  wanted: number | null = null,
): { equal: number; end: number } {
  let offset = range.start;
  let seen = 0;
  let equal = 0;
  while (seen < count) {
    const header = varint(bytes, offset, range.end);
    offset = header.end;
    const packed = (header.value & 1) === 1;
    const length = packed ? (header.value >>> 1) * 8 : header.value >>> 1;
    if (length > MOST_PAGE_VALUES) throw new DamagedParquet("a run in a page is too long");
    const size = packed ? ((header.value >>> 1) * width) | 0 : (width + 7) >> 3;
    const used = Math.min(length, count - seen);
    // The last run may lack the bytes of the values that fill it up.
    const needed = packed ? Math.ceil((used * width) / 8) : size;
    if (offset + needed > range.end) throw new DamagedParquet("a run in a page ends too early");
    if (wanted !== null) {
      if (packed) equal += countPacked(bytes, offset, width, used, wanted);
      else if (littleEndian(bytes, offset, size) === wanted) equal += used;
    }
    offset += size;
    seen += length;
  }
  return { equal, end: offset };
}

function countPacked(
  bytes: Uint8Array,
  offset: number,
  width: number,
  count: number,
  wanted: number,
): number {
  let equal = 0;
  const mask = 2 ** width - 1;
  for (let index = 0; index < count; index++) {
    const bit = index * width;
    const at = offset + (bit >> 3);
    const word = (bytes[at]! | ((bytes[at + 1] ?? 0) << 8)) >> (bit & 7);
    if ((word & mask) === wanted) equal++;
  }
  return equal;
}

/** Walks over a block of delta-encoded integers. Returns where hyparquet will stop reading. */
export function checkDeltas(bytes: Uint8Array, start: number, count: number): number {
  const end = bytes.length;
  const blockSize = varint(bytes, start, end);
  const miniblocks = varint(bytes, blockSize.end, end);
  const total = varint(bytes, miniblocks.end, end);
  const perMiniblock = blockSize.value / miniblocks.value;
  const sound =
    blockSize.value >= 8 &&
    blockSize.value <= 2 ** 20 &&
    miniblocks.value >= 1 &&
    miniblocks.value <= 2 ** 10;
  if (!sound || perMiniblock % 8 !== 0 || total.value !== count) {
    throw new DamagedParquet("a page of deltas has a malformed header");
  }
  let offset = skipVarint(bytes, total.end);
  for (let seen = 1; seen < count; ) {
    offset = skipVarint(bytes, offset);
    const widths = bytes.subarray(offset, offset + miniblocks.value);
    if (widths.length < miniblocks.value) throw new DamagedParquet("a page of deltas ends too early");
    offset += miniblocks.value;
    for (let index = 0; index < miniblocks.value && seen < count; index++) {
      const width = widths[index]!;
      if (width > 64) throw new DamagedParquet("a page of deltas has numbers of more than 64 bits");
      offset += (perMiniblock * width) / 8;
      seen += perMiniblock;
    }
  }
  if (offset > end) throw new DamagedParquet("a page of deltas ends too early");
  return offset;
}

/** Byte arrays that share beginnings: a few bytes can stand for any length, so that the sum is bounded. */
export function checkSharedBeginnings(
  bytes: Uint8Array,
  start: number,
  count: number,
  mostBytes: number,
): void {
  const suffixStart = checkDeltas(bytes, start, count);
  checkDeltas(bytes, suffixStart, count);
  const prefixes = unpackDeltas(bytes, start, count);
  const suffixes = unpackDeltas(bytes, suffixStart, count);
  let sum = 0;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const prefix = prefixes[index]!;
    const suffix = suffixes[index]!;
    if (prefix < 0 || suffix < 0 || prefix > before)
      throw new DamagedParquet("a page of texts has a malformed length");
    before = prefix + suffix;
    sum += before;
    if (sum > mostBytes) throw new DamagedParquet("a page unfolds beyond all measure");
  }
}

function unpackDeltas(bytes: Uint8Array, offset: number, count: number): Int32Array {
  const values = new Int32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  deltaBinaryUnpack({ view, offset }, count, values);
  return values;
}

/** Of at most 32 bits, as hyparquet takes them. */
function varint(bytes: Uint8Array, start: number, limit: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    if (start + index >= limit) throw new DamagedParquet("a page ends too early");
    const byte = bytes[start + index]!;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (value >= 2 ** 31) break;
      return { value, end: start + index + 1 };
    }
  }
  throw new DamagedParquet("a page has a malformed number");
}

function skipVarint(bytes: Uint8Array, start: number): number {
  for (let index = start; index < Math.min(bytes.length, start + 10); index++) {
    if (bytes[index]! < 0x80) return index + 1;
  }
  throw new DamagedParquet("a page has a malformed number");
}

function littleEndian(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + bytes[start + index]!;
  return value;
}
