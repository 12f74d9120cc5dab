/**
 * The safetensors file format: u64 little-endian length of the header, JSON header, raw little-endian row-major data.
 * https://github.com/huggingface/safetensors
 */
import * as fs from "node:fs";
import { UserError } from "../../../contracts/user-error";
import { type FloatType, floatsFromBytes, floatsToBytes } from "./float-types";

/** Larger headers are refused, as the reference implementation does. */
const LONGEST_HEADER = 100_000_000;

const bytesPerElement: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

export interface StoredTensor {
  dtype: string;
  shape: readonly number[];
  /** First and one past the last byte, in the file. */
  begin: number;
  end: number;
}

/** An open file of which single tensors are read, so that a large file is never in memory whole. */
export class SafetensorsFile {
  private constructor(
    readonly path: string,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
  ) {}

  /** Reads and checks the header. Throws UserError "file-missing", "file-unreadable" or "bad-model". */
  static open(path: string): SafetensorsFile {
    return withFile(path, (file) => new SafetensorsFile(path, readHeader(path, file)));
  }

  /** The tensor as float32, widened from F16 or BF16. Throws UserError when it is neither of the three. */
  read(name: string): Float32Array {
    const tensor = this.tensors.get(name);
    if (!tensor) throw malformed(this.path, `it has no tensor "${name}"`);
    if (!isFloatType(tensor.dtype))
      throw malformed(this.path, `tensor "${name}" has type ${tensor.dtype}, expected F32, F16 or BF16`);
    const { dtype, begin, end } = tensor;
    return withFile(this.path, (file) =>
      floatsFromBytes(readBytes(this.path, file, begin, end - begin), dtype),
    );
  }
}

export interface NamedTensor {
  name: string;
  shape: readonly number[];
  /** Called once, when the tensor is written: only one is in memory at a time. */
  values(): Float32Array | Promise<Float32Array>;
}

/** Writes a file with all tensors in `dtype`, in the given order. Overwrites; errors of the file system pass through. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  dtype: FloatType,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const { name, shape } of tensors) {
    const bytes = elementCount(shape) * bytesPerElement[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const text = JSON.stringify(header);
  // The data starts at a multiple of 8, as the reference implementation pads it.
  const padding = (8 - (Buffer.byteLength(text) % 8)) % 8;
  const headerBytes = Buffer.from(text + " ".repeat(padding));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  const file = fs.openSync(path, "w");
  try {
    writeAll(file, length);
    writeAll(file, headerBytes);
    for (const tensor of tensors) writeAll(file, floatsToBytes(await tensor.values(), dtype));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isFloatType(dtype: string): dtype is FloatType {
  return dtype in bytesPerElement;
}

/** Nothing in the header is trusted: every tensor must lie inside the file and be as long as its shape says. */
function readHeader(path: string, file: number): Map<string, StoredTensor> {
  const size = fs.fstatSync(file).size;
  if (size < 8) throw malformed(path, `it has ${size} bytes, too few for a header`);
  const headerLength = Number(readBytes(path, file, 0, 8).readBigUInt64LE());
  if (headerLength > LONGEST_HEADER || 8 + headerLength > size)
    throw malformed(
      path,
      `its header claims ${headerLength} bytes, but the file has ${size}: it is cut off or not a safetensors file`,
    );
  const header = parseHeader(path, readBytes(path, file, 8, headerLength).toString("utf8"));
  const dataStart = 8 + headerLength;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    tensors.set(name, checkEntry(path, name, entry, dataStart, size));
  }
  return tensors;
}

function parseHeader(path: string, text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw malformed(path, "its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw malformed(path, "its header is not a JSON object");
  return header as Record<string, unknown>;
}

function checkEntry(
  path: string,
  name: string,
  entry: unknown,
  dataStart: number,
  size: number,
): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !isListOfCounts(shape) || !isListOfCounts(offsets) || offsets.length !== 2)
    throw malformed(path, `the header's entry for tensor "${name}" is not {dtype, shape, data_offsets}`);
  const [begin, end] = [dataStart + offsets[0]!, dataStart + offsets[1]!];
  if (end < begin || end > size)
    throw malformed(
      path,
      `tensor "${name}" lies at bytes ${begin} to ${end}, but the file has ${size}: it is cut off`,
    );
  if (isFloatType(dtype) && end - begin !== elementCount(shape) * bytesPerElement[dtype])
    throw malformed(
      path,
      `tensor "${name}" of shape [${shape.join(", ")}] and type ${dtype} has ${end - begin} bytes, expected ${elementCount(shape) * bytesPerElement[dtype]}`,
    );
  return { dtype, shape, begin, end };
}

function isListOfCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function withFile<T>(path: string, use: (file: number) => T): T {
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw missing
      ? new UserError("file-missing", `There is no file ${path}.`)
      : new UserError("file-unreadable", `${path} cannot be read: ${(error as Error).message}.`, "", {
          cause: error,
        });
  }
  try {
    return use(file);
  } finally {
    fs.closeSync(file);
  }
}

/** In pieces, because one read call returns at most 2 GiB. */
function readBytes(path: string, file: number, begin: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const count = fs.readSync(file, bytes, done, Math.min(length - done, 1 << 30), begin + done);
    if (count === 0) throw malformed(path, "it ended while it was read");
    done += count;
  }
  return bytes;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
}

function malformed(path: string, problem: string): UserError {
  return new UserError(
    "bad-model",
    `${path} is not a usable safetensors file: ${problem}.`,
    "Copy or download the file again.",
  );
}
