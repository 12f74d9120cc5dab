import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readJsonObject } from "../../../../training-host/model/checkpoint/json-file";
import { SafetensorsFile, writeSafetensors } from "../../../../training-host/model/checkpoint/safetensors";
import { floatsFromBytes, floatsToBytes } from "../../../../training-host/tensor/float-types";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "safetensors-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, "model.safetensors");

/** A file with this header (text, or anything for JSON), `data` bytes behind it. */
function write(header: unknown, data = 0, claimed?: bigint): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(text.length));
  return writeBytes(Buffer.concat([length, text, Buffer.alloc(data)]));
}

function writeBytes(bytes: Buffer): string {
  fs.writeFileSync(file, bytes);
  return file;
}

describe("16-bit floats", () => {
  it.each(["F16", "BF16"] as const)("%s: every value survives a round trip through float32", (dtype) => {
    const all = Buffer.from(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer);
    const back = new Uint16Array(floatsToBytes(floatsFromBytes(all, dtype), dtype).slice().buffer);
    const infinity = dtype === "F16" ? 0x7c00 : 0x7f80;
    // NaNs stay NaNs, whatever their payload.
    const survives = (bits: number, result: number) =>
      (bits & 0x7fff) > infinity ? (result & 0x7fff) > infinity : result === bits;
    expect([...back.keys()].filter((bits) => !survives(bits, back[bits]!))).toEqual([]);
  });

  it.each(["F16", "BF16"] as const)("%s: rounds to the nearest, ties to even", (dtype) => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const bits = new Uint16Array(floatsToBytes(Float32Array.of(value), dtype).slice().buffer)[0]!;
        const widen = (half: number) => floatsFromBytes(Buffer.from(Uint16Array.of(half).buffer), dtype)[0]!;
        const rounded = widen(bits);
        if (!Number.isFinite(rounded)) return;
        for (const neighbour of [bits - 1, bits + 1].filter((half) => (half & 0x8000) === (bits & 0x8000))) {
          const other = widen(neighbour & 0xffff);
          if (!Number.isFinite(other)) continue;
          const [near, far] = [Math.abs(value - rounded), Math.abs(value - other)];
          expect(near < far || (near === far && bits % 2 === 0)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("F16: values beyond the range become infinite", () => {
    const back = floatsFromBytes(
      Buffer.from(floatsToBytes(Float32Array.of(65519, 65520, -1e30), "F16")),
      "F16",
    );
    expect([...back]).toEqual([65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });
});

function invalidUtf8(): Buffer {
  const text = Buffer.from('{"__metadata__":{"a":"\xff"}}', "latin1");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

describe("safetensors files", () => {
  it("come back as they were written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.tuple(fc.string({ minLength: 1 }), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })),
          {
            selector: ([name]) => name,
            maxLength: 5,
          },
        ),
        async (entries) => {
          const tensors = entries
            .filter(([name]) => !["__metadata__", "__proto__"].includes(name))
            .map(([name, shape], index) => {
              const length = shape.reduce((product, size) => product * size, 1);
              const stored = Float32Array.from({ length }, (_, i) => index + i / 8);
              return { name, shape, values: () => stored, stored };
            });
          await writeSafetensors(file, tensors, "F32");
          const read = SafetensorsFile.open(file);
          expect(read.tensors.size).toBe(tensors.length);
          for (const { name, shape, stored } of tensors) {
            expect(read.tensors.get(name)!.shape).toEqual(shape);
            expect(read.read(name)).toEqual(stored);
          }
        },
      ),
    );
  });

  it("start their data at a multiple of 8 bytes", async () => {
    await writeSafetensors(file, [{ name: "é", shape: [1], values: () => Float32Array.of(1) }], "F32");
    expect(Number(fs.readFileSync(file).readBigUInt64LE()) % 8).toBe(0);
    expect([...SafetensorsFile.open(file).read("é")]).toEqual([1]);
  });

  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  it.each<[string, () => string, RegExp]>([
    ["a missing file", () => path.join(folder, "none"), /There is no file/],
    ["an empty file", () => writeBytes(Buffer.alloc(0)), /has 0 bytes, too few/],
    ["a header longer than the file", () => write({}, 0, 1n << 40n), /header claims 1099511627776 bytes/],
    ["a header length beyond any number", () => write({}, 0, (1n << 64n) - 1n), /header claims/],
    ["a header that is not JSON", () => write("{nonsense"), /header is not JSON/],
    ["a header that is a list", () => write([]), /not a JSON object/],
    ["a header that does not begin with {", () => write(" {}"), /not a JSON object/],
    ["a header that is no UTF-8", () => writeBytes(invalidUtf8()), /header is not JSON/],
    ["a header above 100 MB", () => write({}, 0, 100_000_001n), /header claims 100000001 bytes/],
    [
      "a tensor that is there twice",
      () => write(`{"w":${JSON.stringify(entry)},"v":{"a\\"b":[{}]},"\\u0077":${JSON.stringify(entry)}}`, 8),
      /header has "\\u0077" twice/,
    ],
    [
      "an entry with a key twice",
      () => write('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]}}', 8),
      /header has "shape" twice/,
    ],
    ["metadata that is no text", () => write({ __metadata__: { step: 3 } }), /__metadata__ .* text to text/],
    ["a type that the format has not", () => write({ w: { ...entry, dtype: "F31" } }, 8), /"w" has type F31/],
    [
      "tensors that overlap",
      () => write({ w: entry, v: { ...entry, data_offsets: [4, 12] } }, 12),
      /"v" begins at byte/,
    ],
    [
      "a hole before the first",
      () => write({ w: { ...entry, data_offsets: [8, 16] } }, 16),
      /the header and tensor "w" are 8 bytes/,
    ],
    [
      "a hole between two",
      () => write({ w: entry, v: { ...entry, data_offsets: [12, 20] } }, 20),
      /"w" and tensor "v" are 4 bytes/,
    ],
    ["data after the last", () => write({ w: entry }, 9), /after tensor "w" are 1 bytes of no tensor/],
    ["data without tensors", () => write({}, 1), /after the header are 1 bytes/],
    [
      "an entry without a type",
      () => write({ w: { shape: [2], data_offsets: [0, 8] } }, 8),
      /entry for tensor "w"/,
    ],
    ["an entry that is null", () => write({ w: null }), /entry for tensor "w"/],
    ["negative offsets", () => write({ w: { ...entry, data_offsets: [-8, 0] } }, 8), /entry for tensor "w"/],
    ["fractional sizes", () => write({ w: { ...entry, shape: [0.5] } }, 8), /entry for tensor "w"/],
    ["data cut off", () => write({ w: entry }, 7), /"w" lies at bytes .* cut off/],
    [
      "an end before the begin",
      () => write({ w: { ...entry, data_offsets: [8, 0] } }, 8),
      /"w" lies at bytes/,
    ],
    [
      "a shape that does not fit",
      () => write({ w: { ...entry, shape: [3] } }, 8),
      /shape \[3\] .* has 8 bytes, expected 12/,
    ],
    ["a huge shape", () => write({ w: { ...entry, shape: [2 ** 52, 2 ** 52] } }, 8), /has 8 bytes, expected/],
  ])("are refused with a clear sentence: %s", (_, make, message) => {
    const made = make();
    expect(() => SafetensorsFile.open(made)).toThrowError(message);
    expect(() => SafetensorsFile.open(made)).toThrowError(expect.objectContaining({ name: "UserError" }));
  });

  it("refuses folders and pipes, and does not wait for the latter", () => {
    expect(() => SafetensorsFile.open(folder)).toThrowError(/not a regular file/);
    const pipe = path.join(folder, "pipe");
    if (spawnSync("mkfifo", [pipe]).status !== 0) return;
    expect(() => SafetensorsFile.open(pipe)).toThrowError(/not a regular file/);
    expect(() => readJsonObject(pipe)).toThrowError(/not a regular file/);
  });

  it("refuses to read other types", () => {
    write({ w: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8);
    expect(() => SafetensorsFile.open(file).read("w")).toThrowError(/type I64, expected F32, F16 or BF16/);
  });
});
