/** Files that are made to hurt: what hyparquet believes is checked before it gets it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { PageHeader } from "hyparquet/src/types.js";
import { describe, expect, test } from "vitest";
import { decompressPage } from "../../../../../training-host/data/rows/parquet/decompress-page";
import {
  checkDeltas,
  checkRuns,
  checkSharedBeginnings,
} from "../../../../../training-host/data/rows/parquet/encoded-runs";
import { checkPageHeader } from "../../../../../training-host/data/rows/parquet/page-check";
import { readParquetRows } from "../../../../../training-host/data/rows/parquet/spool-parquet";
import { thriftEnd } from "../../../../../training-host/data/rows/parquet/thrift-check";
import { Spool } from "../../../../../training-host/data/rows/spool";
import { temporaryFolder } from "../temporary-folder";
import { fixtures } from "./opened-rows";

const bytes = (...values: number[]) => Uint8Array.from(values);
const repeated = (value: number, count: number) => new Uint8Array(count).fill(value);

describe("Thrift structures", () => {
  test("end where they end", () => {
    // Field 1: i32 5; field 2: list of two booleans; field 3: struct with nothing in it; stop.
    expect(thriftEnd(bytes(0x15, 0x0a, 0x19, 0x21, 1, 2, 0x1c, 0, 0, 99), 0)).toBe(9);
  });

  test.each([
    ["nested without end", repeated(0x1c, 100_000)],
    ["an integer without end", bytes(0x16, ...repeated(0xff, 1000))],
    [
      "four million empty structures",
      Buffer.concat([bytes(0x19, 0xfc, 0x80, 0x80, 0x80, 0x04), repeated(0, 2 ** 23)]),
    ],
    ["a set, which Parquet does not have", bytes(0x1a, 0)],
  ])("%s: refused", (_name, content) => {
    expect(() => thriftEnd(content, 0)).toThrow(/metadata/);
  });

  test.each([
    ["a list longer than what is left", bytes(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3)],
    ["a text longer than what is left", bytes(0x18, 0xff, 0xff, 0x7f, 1, 2, 3)],
    ["no end", bytes(0x15)],
  ])("%s: more bytes are needed", (_name, content) => {
    expect(thriftEnd(content, 0)).toBeNull();
  });
});

describe("runs of levels and indices", () => {
  const range = (content: Uint8Array) => ({ start: 0, end: content.length });

  test("of both kinds are counted", () => {
    // Three times 1, then eight bits 10110010 from the low end on, of which five are wanted.
    const content = bytes(6, 1, 3, 0b01001101);
    expect(checkRuns(content, range(content), 1, 8, 1)).toEqual({ equal: 6, end: 4 });
  });

  test.each([
    ["a run of 2^27 values", bytes(0x80, 0x80, 0x80, 0x80, 0x01, 1)],
    ["a run of a negative number of values", bytes(0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["a run that ends too early", bytes(0x11, 1)],
    ["nothing", bytes()],
  ])("%s: refused", (_name, content) => {
    expect(() => checkRuns(content, range(content), 1, 100)).toThrow(/run|number|page/);
  });
});

describe("deltas", () => {
  // Blocks of 128 values in four miniblocks, 5 values from 7 on; one block whose deltas take no bits.
  const sound = [0x80, 0x01, 4, 5, 14, 2, 0, 0, 0, 0];

  test("sound ones end where they end", () => {
    expect(checkDeltas(bytes(...sound, 99), 0, 5)).toBe(10);
  });

  test.each([
    ["no miniblocks, which would never get anywhere", [0x80, 0x01, 0, 5, 14, 2]],
    ["a negative number of miniblocks", [0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 5, 14, 2]],
    ["another number of values", [0x80, 0x01, 4, 6, 14, 2, 0, 0, 0, 0]],
    ["an enormous block", [0x80, 0x80, 0x80, 0x80, 0x04, 4, 5, 14, 2, 0, 0, 0, 0]],
    ["numbers of 200 bits", [0x80, 0x01, 4, 5, 14, 2, 200, 0, 0, 0]],
    ["an early end", sound.slice(0, 7)],
  ])("%s: refused", (_name, content) => {
    expect(() => checkDeltas(bytes(...content), 0, 5)).toThrow(/page/);
  });

  test("texts that share beginnings cannot grow beyond the bound", () => {
    // 2000 texts, every one a letter longer than the one before: two megabytes out of two kilobytes.
    const steps = (first: number, delta: number) => [
      ...[0x80, 0x01, 4, 0xd0, 0x0f, ...zigzag(first)],
      ...Array.from({ length: 16 }, () => [...zigzag(delta), 0, 0, 0, 0]).flat(),
    ];
    const content = bytes(...steps(0, 1), ...steps(1, 0), ...repeated(0x61, 2000));
    expect(() => checkSharedBeginnings(content, 0, 2000, 2_001_000)).not.toThrow();
    expect(() => checkSharedBeginnings(content, 0, 2000, 2_000_999)).toThrow(/beyond/);
  });
});

function zigzag(value: number): number[] {
  let rest = value >= 0 ? 2 * value : -2 * value - 1;
  const out: number[] = [];
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest & 0x7f) | 0x80);
  return [...out, rest];
}

test.each([-1, 0.5, 2 ** 23, 2 ** 40])("a page of %d values is refused by its header", (values) => {
  const sizes = { compressed_page_size: 10, uncompressed_page_size: 10 };
  const data_page_header = { num_values: values };
  const header = { type: "DATA_PAGE", ...sizes, data_page_header } as unknown as PageHeader;
  expect(() => checkPageHeader(header)).toThrow("impossible number of values");
});

describe("compressed pages", () => {
  const bomb = Buffer.alloc(2 ** 26);

  test.each([
    ["GZIP", gzipSync(bomb)],
    ["GZIP", deflateSync(bomb)],
    ["BROTLI", brotliCompressSync(bomb)],
  ] as const)("%s: no more than the page's header says comes out", (codec, packed) => {
    expect(() => decompressPage(codec, packed, 1000)).toThrow(/page/);
  });

  test.each(["SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const)(
    "%s: garbage is refused",
    (codec) => {
      expect(() => decompressPage(codec, repeated(0xff, 100), 5000)).toThrow(/page/);
    },
  );
});

describe("whole files", () => {
  const file = readFileSync(path.join(fixtures, "none-v1.parquet"));
  const ignored = { addRow() {}, addMalformed() {}, isFull: false, async flush() {} };

  function read(content: Uint8Array): Promise<void> {
    const source = {
      size: content.length,
      read: async (offset: number, length: number) => Buffer.from(content.subarray(offset, offset + length)),
    };
    return readParquetRows(source, "x.parquet", ignored, () => {}, undefined);
  }

  const withFooterLength = (length: number) => {
    const copy = Buffer.from(file);
    copy.writeUInt32LE(length, copy.length - 8);
    return copy;
  };

  /** The first page's header begins at byte 4: type, uncompressed size, compressed size. */
  const withPageSize = (...size: number[]) => {
    const copy = Buffer.from(file);
    expect([...copy.subarray(4, 7)]).toEqual([0x15, 4, 0x15]);
    copy.set(size, 7);
    return copy;
  };

  test.each([
    [
      "metadata longer than the file",
      () => withFooterLength(2 ** 31),
      "its metadata is longer than the file",
    ],
    ["metadata of no bytes", () => withFooterLength(0), "its metadata ends too early"],
    [
      "a page of 2 GiB",
      () => withPageSize(0xfe, 0xff, 0xff, 0xff, 0x0f),
      "a page has more than 128 MiB or an impossible size",
    ],
  ])("%s", async (_name, content, reason) => {
    await expect(read(content())).rejects.toMatchObject({
      reason: "file-unreadable",
      message: `x.parquet is a damaged Parquet file: ${reason}.`,
    });
  });

  test("an index beyond the dictionary is damage, not a null", async () => {
    const reasons = new Set<string>();
    for (let at = 4; at < 2500; at += 4) {
      const copy = Buffer.from(file);
      copy[at]! ^= 0x0f;
      await read(copy).catch(({ message }: Error) => reasons.add(message));
    }
    expect([...reasons]).toContain(
      "x.parquet is a damaged Parquet file: a page refers to values that are not there.",
    );
  });

  test("the sound one is read", async () => {
    await expect(read(file)).resolves.toBeUndefined();
  });
});

test("what unfolds beyond all measure is given up before it fills the disk", async () => {
  const folder = temporaryFolder();
  const spool = await Spool.create(path.join(folder, "x.jsonl"), { shown: "x.gz", size: 10 }, 5000);
  spool.addBytes(new Uint8Array(5001));
  await expect(spool.flush()).rejects.toThrow("x.gz unfolds to more than 200 times its size.");
  await spool.abandon();
});
