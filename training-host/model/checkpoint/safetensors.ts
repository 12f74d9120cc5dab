/**
 * The safetensors file format: u64 little-endian length of the header, JSON header, raw little-endian row-major data.
 * https://github.com/huggingface/safetensors#format
 */
import * as fs from "node:fs";
import { UserError } from "../../../contracts/user-error";
import {
  bytesPerNumber,
  type FloatType,
  floatsToBytes,
  storedPart,
  widenInPlace,
} from "../../tensor/float-types";
import type { StoredNumbers } from "../../tensor/stored-numbers";
import { readHeader, type StoredTensor } from "./safetensors-header";

/** An open file of which single tensors are read, so that a large file is never in memory whole. */
export class SafetensorsFile {
  private constructor(
    readonly path: string,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
  ) {}

  /** Reads and checks the header. Throws UserError "file-missing", "file-unreadable" or "bad-model". */
  static open(path: string): SafetensorsFile {
    return withFile(path, (file) => {
      const { size } = fs.fstatSync(file);
      const read = (begin: number, length: number) => {
        const bytes = new Uint8Array(length);
        readFully(path, file, bytes, begin);
        return bytes;
      };
      return new SafetensorsFile(path, readHeader({ path, size, read }));
    });
  }

  /** The tensor as float32, widened from F16 or BF16. Throws UserError when it is neither of the three. */
  read(name: string): Float32Array {
    const { dtype, shape, begin } = this.find(name);
    const floats = new Float32Array(elementCount(shape));
    withFile(this.path, (file) => readFully(this.path, file, storedPart(floats, dtype), begin));
    widenInPlace(floats, dtype);
    return floats;
  }

  /** Opens the file for reading its tensors in pieces; `close` comes last. */
  async reader(): Promise<{ numbers(name: string): StoredNumbers; close(): Promise<void> }> {
    const file = await fs.promises.open(this.path).catch((error) => {
      throw explainOpening(this.path, error);
    });
    return {
      numbers: (name) => {
        const { dtype, shape, begin } = this.find(name);
        return {
          dtype,
          shape,
          read: async (target, offset) => {
            for (let done = 0; done < target.length; ) {
              const { bytesRead } = await file
                .read(target, done, target.length - done, begin + offset + done)
                .catch((error) => {
                  throw unreadable(this.path, error);
                });
              if (bytesRead === 0) throw malformed(this.path, "it ended while it was read");
              done += bytesRead;
            }
          },
        };
      },
      close: () => file.close(),
    };
  }

  private find(name: string): StoredTensor & { dtype: FloatType } {
    const tensor = this.tensors.get(name);
    if (!tensor) throw malformed(this.path, `it has no tensor "${name}"`);
    const { dtype } = tensor;
    if (!isFloatType(dtype))
      throw malformed(this.path, `tensor "${name}" has type ${dtype}, expected F32, F16 or BF16`);
    return { ...tensor, dtype };
  }
}

export interface NamedTensor {
  name: string;
  shape: readonly number[];
  /** Called once, when the tensor is written: only one is in memory at a time. */
  values(): Float32Array | Promise<Float32Array>;
}

/** Numbers narrowed at a time, so that a tensor is not in memory twice. */
const NUMBERS_AT_A_TIME = 2 ** 20;

/** Writes a file with all tensors in `dtype`, in the given order. Overwrites; errors of the file system pass through. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  dtype: FloatType,
): Promise<void> {
  const header: [string, unknown][] = [["__metadata__", { format: "pt" }]];
  let offset = 0;
  for (const { name, shape } of tensors) {
    const bytes = storedBytes(shape, dtype);
    header.push([name, { dtype, shape, data_offsets: [offset, offset + bytes] }]);
    offset += bytes;
  }
  const text = JSON.stringify(Object.fromEntries(header));
  // The data starts at a multiple of 8, as the reference implementation pads it.
  const padding = (8 - (Buffer.byteLength(text) % 8)) % 8;
  const headerBytes = Buffer.from(text + " ".repeat(padding));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  const file = fs.openSync(path, "w");
  try {
    writeAll(file, length);
    writeAll(file, headerBytes);
    for (const tensor of tensors) {
      const values = await tensor.values();
      for (let at = 0; at < values.length; at += NUMBERS_AT_A_TIME)
        writeAll(file, floatsToBytes(values.subarray(at, at + NUMBERS_AT_A_TIME), dtype));
    }
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** What a tensor takes in a file. */
export function storedBytes(shape: readonly number[], dtype: FloatType): number {
  return elementCount(shape) * bytesPerNumber[dtype];
}

export function isFloatType(dtype: string): dtype is FloatType {
  return Object.hasOwn(bytesPerNumber, dtype);
}

function withFile<T>(path: string, use: (file: number) => T): T {
  let file: number;
  try {
    requireRegularFile(path);
    file = fs.openSync(path, "r");
  } catch (error) {
    throw explainOpening(path, error as NodeJS.ErrnoException);
  }
  try {
    return use(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Opening a named pipe would wait for someone to write into it. */
function requireRegularFile(path: string): void {
  if (!fs.statSync(path).isFile())
    throw new UserError("file-unreadable", `${path} cannot be read: it is not a regular file.`);
}

function readFully(path: string, file: number, target: Uint8Array, begin: number): void {
  // In pieces, because one call reads at most 2 GiB.
  for (let done = 0; done < target.length; ) {
    let count: number;
    try {
      count = fs.readSync(file, target, done, Math.min(target.length - done, 2 ** 30), begin + done);
    } catch (error) {
      throw unreadable(path, error as Error);
    }
    if (count === 0) throw malformed(path, "it ended while it was read");
    done += count;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30));
}

function explainOpening(path: string, error: NodeJS.ErrnoException): UserError {
  if (error instanceof UserError) return error;
  return error.code === "ENOENT"
    ? new UserError("file-missing", `There is no file ${path}.`)
    : unreadable(path, error);
}

function unreadable(path: string, error: Error): UserError {
  return new UserError("file-unreadable", `${path} cannot be read: ${error.message}.`, "", { cause: error });
}

function malformed(path: string, problem: string): UserError {
  return new UserError(
    "bad-model",
    `${path} is not a usable safetensors file: ${problem}.`,
    "Copy or download the file again.",
  );
}
