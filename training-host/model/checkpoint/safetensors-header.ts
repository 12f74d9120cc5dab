/**
 * The header of a safetensors file. Nothing in it is trusted: it is refused where the reference implementation refuses it
 * (https://github.com/huggingface/safetensors: header of at most 100 MB that begins with "{", no key twice, every tensor as
 * long as its shape says, the data covered without holes or overlaps).
 */
import { UserError } from "../../../contracts/user-error";

const LONGEST_HEADER = 100_000_000;

/** Of one number, by the names that the format has. */
const bits: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ BOOL: 8, I8: 8, U8: 8, I16: 16, U16: 16, F16: 16, BF16: 16 },
  ...{ I32: 32, U32: 32, F32: 32, C64: 64, F64: 64, I64: 64, U64: 64 },
};

export interface StoredTensor {
  dtype: string;
  shape: readonly number[];
  /** First and one past the last byte, in the file. */
  begin: number;
  end: number;
}

export interface HeaderSource {
  path: string;
  /** Of the whole file, in bytes. */
  size: number;
  read(begin: number, length: number): Uint8Array;
}

/** @throws UserError "bad-model" */
export function readHeader(file: HeaderSource): Map<string, StoredTensor> {
  const { path, size } = file;
  if (size < 8) throw malformed(path, `it has ${size} bytes, too few for a header`);
  const { buffer, byteOffset } = file.read(0, 8);
  const length = Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > size)
    throw malformed(
      path,
      `its header claims ${length} bytes, but the file has ${size}: it is cut off or not a safetensors file`,
    );
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(parseHeader(path, file.read(8, length)))) {
    if (name === "__metadata__") checkMetadata(path, entry);
    else tensors.set(name, checkEntry(path, name, entry, 8 + length, size));
  }
  requireWholeData(path, tensors, 8 + length, size);
  return tensors;
}

function parseHeader(path: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    throw malformed(path, "its header is not JSON");
  }
  if (!text.startsWith("{") || typeof header !== "object")
    throw malformed(path, "its header is not a JSON object");
  const twice = findRepeatedKey(text);
  if (twice !== null) throw malformed(path, `its header has ${shorten(twice)} twice`);
  return header as Record<string, unknown>;
}

/** A key that an object of this JSON text has twice, as it is written; JSON.parse keeps the last one silently. */
function findRepeatedKey(text: string): string | null {
  const objects: (Set<string> | null)[] = [];
  let key: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "{") objects.push(new Set());
    else if (letter === "[") objects.push(null);
    else if (letter === "}" || letter === "]") objects.pop();
    else if (letter === '"') {
      const begin = at;
      at = endOfString(text, begin);
      key = text.slice(begin, at + 1);
    } else if (letter === ":") {
      const keys = objects.at(-1)!;
      // Escapes may spell the same name in several ways.
      const name = JSON.parse(key!) as string;
      if (keys?.has(name)) return key;
      keys?.add(name);
    }
  }
  return null;
}

/** Where the string that begins at `begin` has its closing quote. */
function endOfString(text: string, begin: number): number {
  for (let end = begin; ; ) {
    end = text.indexOf('"', end + 1);
    let first = end;
    while (text[first - 1] === "\\") first--;
    // After an odd number of backslashes the quote belongs to the string.
    if ((end - first) % 2 === 0) return end;
  }
}

function checkMetadata(path: string, metadata: unknown): void {
  const isMap = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (!isMap || !Object.values(metadata).every((value) => typeof value === "string"))
    throw malformed(path, "the __metadata__ of its header is not a map from text to text");
}

function checkEntry(
  path: string,
  name: string,
  entry: unknown,
  dataStart: number,
  size: number,
): StoredTensor {
  const shown = shorten(JSON.stringify(name));
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !isListOfCounts(shape) || !isListOfCounts(offsets) || offsets.length !== 2)
    throw malformed(path, `the header's entry for tensor ${shown} is not {dtype, shape, data_offsets}`);
  if (!Object.hasOwn(bits, dtype))
    throw malformed(path, `tensor ${shown} has type ${shorten(dtype)}, which the format does not have`);
  const [begin, end] = [dataStart + offsets[0]!, dataStart + offsets[1]!];
  if (end < begin || end > size)
    throw malformed(
      path,
      `tensor ${shown} lies at bytes ${begin} to ${end}, but the file has ${size}: it is cut off`,
    );
  const expected = (shape.reduce((product, size) => product * size, 1) * bits[dtype]!) / 8;
  if (end - begin !== expected)
    throw malformed(
      path,
      `tensor ${shown} of shape ${describeShape(shape)} and type ${dtype} has ${end - begin} bytes, expected ${expected}`,
    );
  return { dtype, shape, begin, end };
}

/** The tensors' bytes follow one upon the other from the header's end to the file's end. */
function requireWholeData(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  dataStart: number,
  size: number,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let [end, before] = [dataStart, "the header"];
  for (const [name, tensor] of ordered) {
    const shown = shorten(JSON.stringify(name));
    if (tensor.begin < end)
      throw malformed(
        path,
        `tensor ${shown} begins at byte ${tensor.begin}, before ${before} ends at ${end}`,
      );
    if (tensor.begin > end)
      throw malformed(
        path,
        `between ${before} and tensor ${shown} are ${tensor.begin - end} bytes of no tensor`,
      );
    [end, before] = [tensor.end, `tensor ${shown}`];
  }
  if (end !== size) throw malformed(path, `after ${before} are ${size - end} bytes of no tensor`);
}

function isListOfCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

/** `[320, 64]`, whatever a file claims. */
export function describeShape(shape: readonly number[]): string {
  const shown = shape.slice(0, 8).join(", ");
  return shape.length > 8 ? `[${shown}, ... (${shape.length} sizes)]` : `[${shown}]`;
}

/** Names come from the file, and may be as long as that. */
export function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

function malformed(path: string, problem: string): UserError {
  return new UserError(
    "bad-model",
    `${path} is not a usable safetensors file: ${problem}.`,
    "Copy or download the file again.",
  );
}
