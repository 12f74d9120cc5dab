/** Unpacks chosen files of a zip archive (a Python wheel) one after the other, without holding them in memory. */
import * as fs from "node:fs";
import * as path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";

export interface ZipEntry {
  name: string;
  bytes: number;
  compressedBytes: number;
  crc: number;
  /** 0 stored, 8 deflated. */
  method: number;
  /** Of its local header in the archive. */
  offset: number;
  /** Permissions; 0 where the archive was not made on Unix. */
  mode: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 0xffff;
/** In the 32-bit fields of an archive that needs the 64-bit format. */
const IN_ZIP64 = 0xffffffff;

/** The archive's directory. Throws Error with the reason when it is none, or is cut. */
export function readZipDirectory(file: string): ZipEntry[] {
  const handle = fs.openSync(file, "r");
  try {
    const size = fs.fstatSync(handle).size;
    const tail = readAt(handle, Math.max(0, size - END_BYTES - MOST_COMMENT_BYTES), size);
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0 || tail.readUInt32LE(end) !== END_OF_DIRECTORY)
      throw new Error("it is no zip archive, or its end is missing");
    const bytes = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (start === IN_ZIP64 || start + bytes > size) throw new Error("its directory is damaged");
    return entriesOf(readAt(handle, start, start + bytes));
  } finally {
    fs.closeSync(handle);
  }
}

function entriesOf(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error("its directory is damaged");
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      mode: (directory.readUInt32LE(at + 38) >>> 16) & 0o777,
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * Writes the entry to `target`, making its folder. `onBytes` hears of every piece written.
 * @throws Error when the content is cut or does not match its checksum; and what the file system throws.
 */
export async function unpackEntry(
  archive: string,
  entry: ZipEntry,
  target: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const start = contentStart(archive, entry);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  let checksum = 0;
  let written = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      written += chunk.length;
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const end = start + entry.compressedBytes - 1;
  const content = fs.createReadStream(archive, { start, end, highWaterMark: 1 << 20 });
  const output = fs.createWriteStream(target, { mode: entry.mode || 0o644 });
  if (entry.compressedBytes === 0) fs.writeFileSync(target, "");
  else if (entry.method === 0) await pipeline(content, count, output, { signal });
  else if (entry.method === 8) await pipeline(content, createInflateRaw(), count, output, { signal });
  else throw new Error(`${entry.name} is compressed by an unknown method`);
  if (written !== entry.bytes || checksum !== entry.crc) throw new Error(`${entry.name} in it is damaged`);
}

/** The local header repeats the name and has an extra field of a length of its own. */
function contentStart(archive: string, { name, offset }: ZipEntry): number {
  const handle = fs.openSync(archive, "r");
  try {
    const header = readAt(handle, offset, offset + 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER)
      throw new Error(`${name} in it is damaged`);
    return offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    fs.closeSync(handle);
  }
}

function readAt(handle: number, start: number, end: number): Buffer {
  const buffer = Buffer.alloc(end - start);
  const read = fs.readSync(handle, buffer, 0, buffer.length, start);
  return buffer.subarray(0, read);
}
