/** An example as bytes: CRC-32 of the rest, its ids (4 bytes each, little endian), its learned bits (filled up to 4 bytes). */
import { crc32 } from "node:zlib";
import type { Example } from "../packed-batch";

const CHECKSUM_BYTES = 4;

/** Bytes of an example of `length` tokens. */
export function exampleSize(length: number): number {
  return CHECKSUM_BYTES + 4 * length + 4 * Math.ceil(length / 32);
}

/** Writes the example at `offset`; returns where the next one begins. */
export function writeExample({ ids, learned }: Example, bytes: Buffer, offset: number): number {
  const end = offset + exampleSize(ids.length);
  let at = offset + CHECKSUM_BYTES;
  for (const id of ids) at = bytes.writeInt32LE(id, at);
  bytes.fill(0, at, end);
  for (let position = 0; position < learned.length; position++)
    if (learned[position] === 1) bytes[at + (position >>> 3)]! |= 1 << (position & 7);
  bytes.writeUInt32LE(crc32(bytes.subarray(offset + CHECKSUM_BYTES, end)), offset);
  return end;
}

/** The example of `length` tokens that `bytes` are; null when they are damaged. */
export function readExample(bytes: Buffer, length: number): Example | null {
  if (bytes.length !== exampleSize(length)) return null;
  if (crc32(bytes.subarray(CHECKSUM_BYTES)) !== bytes.readUInt32LE(0)) return null;
  const ids = new Int32Array(length);
  for (let position = 0; position < length; position++)
    ids[position] = bytes.readInt32LE(CHECKSUM_BYTES + 4 * position);
  const bits = CHECKSUM_BYTES + 4 * length;
  const learned = new Uint8Array(length);
  for (let position = 0; position < length; position++)
    learned[position] = (bytes[bits + (position >>> 3)]! >>> (position & 7)) & 1;
  return { ids, learned };
}
