/** Mutated files: whatever they hold, rows come out or a UserError does, in bounded memory. The inputs are always the same. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { UserError } from "../../../../../contracts/user-error";
import { LineIndexer } from "../../../../../training-host/data/rows/line-index";
import { readParquetRows } from "../../../../../training-host/data/rows/parquet/spool-parquet";
import { parseRow } from "../../../../../training-host/data/rows/parse-row";
import { type RawRow, RowSplitter } from "../../../../../training-host/data/rows/row-splitter";
import type { RowSink } from "../../../../../training-host/data/rows/spool";
import { spoolJsonArray } from "../../../../../training-host/data/rows/spool-json-array";
import { spoolTable } from "../../../../../training-host/data/rows/spool-table";
import { unpacked } from "../../../../../training-host/data/rows/unpacked";
import { temporaryFolder, write } from "../temporary-folder";
import { mutations } from "./fuzzed-bytes";
import { fixtures, scanned, withRows } from "./opened-rows";

// Ten seconds of work, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 300_000 });

/** MiB. What the tests themselves need is some 300. */
const MOST_MEMORY = 1024;

const fixture = (name: string) => readFileSync(path.join(fixtures, name));
const parquet = readdirSync(fixtures).filter((name) => name.endsWith(".parquet"));

/** Every row must be JSON of its own. */
class CheckingSink implements RowSink {
  isFull = false;
  addRow(json: string): void {
    if (/[\n\r]/.test(json)) throw new Error("a row of two lines");
    JSON.parse(json);
  }
  addMalformed(message: string): void {
    expect(message).toMatch(/\.$/);
  }
  async flush(): Promise<void> {}
}

let peak = 0;
afterAll(() => expect(peak).toBeLessThan(MOST_MEMORY));

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 500) yield bytes.subarray(start, start + 500);
}

/** Returns how many of the inputs were refused. */
async function fuzz(
  name: string,
  seeds: readonly Uint8Array[],
  count: number,
  read: (bytes: Buffer) => Promise<void>,
): Promise<number> {
  const inputs = mutations(seeds, name);
  let refused = 0;
  for (let index = 0; index < count; index++) {
    try {
      await read(inputs.next().value as Buffer);
    } catch (error) {
      if (!(error instanceof UserError)) throw new Error(`input ${index} of ${name}`, { cause: error });
      refused++;
    }
    if (index % 20 === 0) peak = Math.max(peak, process.memoryUsage.rss() / 2 ** 20);
  }
  return refused;
}

test("20,000 mutated Parquet files", async () => {
  const refused = await fuzz("parquet", parquet.map(fixture), 20_000, (bytes) => {
    const read = async (offset: number, length: number) =>
      Buffer.from(bytes.subarray(offset, offset + length));
    return readParquetRows(
      { size: bytes.length, read },
      "x.parquet",
      new CheckingSink(),
      () => {},
      undefined,
    );
  });
  expect(refused).toBeGreaterThan(10_000);
  expect(refused).toBeLessThan(20_000);
});

const jsonLines = () => [
  fixture("expected.jsonl").subarray(0, 1500),
  ...['\uFEFF{"a":"é"}\r\n\r\n{"b":[1,2]}\r\n', '{"a":1}\n\n \n{"a":2}'].map((text) => Buffer.from(text)),
];

test("20,000 mutated JSON lines: index and rows agree", async () => {
  let malformed = 0;
  const refused = await fuzz("lines", jsonLines(), 20_000, async (bytes) => {
    const indexer = new LineIndexer();
    const splitter = new RowSplitter();
    const rows: RawRow[] = [];
    for await (const piece of pieces(bytes)) {
      indexer.add(piece);
      rows.push(...splitter.rows(piece));
    }
    const last = splitter.last();
    if (last !== null) rows.push(last);
    expect(indexer.finish().rows).toBe(rows.length);
    for (const row of rows) {
      try {
        parseRow(row.bytes, `x.jsonl:${row.line}`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toMatch(/^x\.jsonl:\d+: .*\.$/s);
        malformed++;
      }
    }
  });
  expect(refused).toBe(0);
  expect(malformed).toBeGreaterThan(10_000);
});

test("1,000 of them as files: a scan and single reads give the same", async () => {
  const folder = temporaryFolder();
  await fuzz("files", jsonLines(), 1000, async (bytes) => {
    write(folder, "x.jsonl", bytes);
    await withRows({ path: "x.jsonl", baseDirectory: folder }, async (rows) => {
      const all = await scanned(rows);
      expect(all).toHaveLength(rows.size);
      const some = all[bytes.length % all.length]!;
      const again = rows.read(some.index);
      if (some.malformed === null) expect(await again).toEqual(some);
      else await expect(again).rejects.toThrow(some.malformed.message);
    });
  });
});

test("5,000 mutated JSON arrays", async () => {
  const seeds = ['[\n {"a": "\\"]"},\n {"b": [1, {"c": null}]}\n]\n', '[1,"é",[],{}]', "[]"].map((text) =>
    Buffer.from(text),
  );
  const refused = await fuzz("arrays", seeds, 5000, (bytes) =>
    spoolJsonArray(pieces(bytes), new CheckingSink(), "x.json"),
  );
  expect(refused).toBeGreaterThan(1000);
});

test("5,000 mutated tables", async () => {
  const seeds = [fixture("python.csv").subarray(0, 600), Buffer.from('a,b\r\n"x\r\ny",1\r\n')];
  const refused = await fuzz("tables", seeds, 5000, (bytes) =>
    spoolTable(pieces(bytes), ",", new CheckingSink(), "x.csv", undefined),
  );
  expect(refused).toBeGreaterThan(100);
});

test.each([
  ["gzip", "python.jsonl.gz"],
  ["zstd", "arrow.jsonl.zst"],
] as const)("2,000 mutated streams of %s", async (packed, name) => {
  const refused = await fuzz(packed, [fixture(name)], 2000, async (bytes) => {
    let length = 0;
    for await (const piece of unpacked(pieces(bytes), packed, name)) length += piece.length;
    expect(length).toBeLessThan(2 ** 24);
  });
  expect(refused).toBeGreaterThan(1500);
});
