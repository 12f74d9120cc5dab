/** For any rows, in any form: read by number, scanned, and read naively are the same. */
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { JsonElements } from "../../../../../training-host/data/rows/json-elements";
import { unpacked } from "../../../../../training-host/data/rows/unpacked";
import { temporaryFolder, write } from "../temporary-folder";
import { scanned, withRows } from "./opened-rows";

const text = fc.string({
  unit: fc.constantFrom("a", "é", "東", "😀", '"', "\\", "[", "}", ",", "\n", "\u2028", " "),
  maxLength: 12,
});
const rows = fc.array(fc.record({ q: text, a: text }), { minLength: 1, maxLength: 30 });
const anyRows = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 20 });

type Form = (rows: readonly unknown[], end: string) => { name: string; content: string | Uint8Array };

const lines = (all: readonly unknown[], end: string) => all.map((row) => JSON.stringify(row)).join(end);
const forms: Record<string, Form> = {
  lines: (all, end) => ({ name: "x.jsonl", content: lines(all, end) }),
  gzip: (all, end) => ({ name: "x.jsonl.gz", content: gzipSync(lines(all, end)) }),
  zstd: (all, end) => ({ name: "x.jsonl.zst", content: zstdFrames(Buffer.from(lines(all, end))) }),
  array: (all, end) => ({ name: "x.json", content: JSON.stringify(all, null, end === "\n" ? 2 : 0) }),
};

/** Two frames, with a skippable one before and between them. */
function zstdFrames(content: Uint8Array): Uint8Array {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const middle = content.length >> 1;
  return Buffer.concat([
    ...[skippable, zstdFrame(content.subarray(0, middle))],
    ...[skippable, zstdFrame(content.subarray(middle))],
  ]);
}

/** RFC 8878 with raw blocks only. */
function zstdFrame(content: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x30])];
  for (let start = 0; start === 0 || start < content.length; start += 50) {
    const block = content.subarray(start, start + 50);
    const header = (block.length << 3) | (start + 50 >= content.length ? 1 : 0);
    parts.push(Buffer.from([header & 0xff, (header >> 8) & 0xff, header >> 16]), block);
  }
  return Buffer.concat(parts);
}

async function comesBack(
  content: { name: string; content: string | Uint8Array },
  expected: readonly unknown[],
) {
  const folder = temporaryFolder();
  write(folder, content.name, content.content);
  await withRows({ path: content.name, baseDirectory: folder }, async (source) => {
    expect(source.size).toBe(expected.length);
    const all = await scanned(source);
    // JSON has no -0.
    expect(all.map((row) => row.malformed ?? row.value)).toEqual(JSON.parse(JSON.stringify(expected)));
    for (const row of all) expect(await source.read(row.index)).toEqual(row);
    const [from, to] = [Math.floor(expected.length / 3), Math.ceil(expected.length / 2)];
    expect(await scanned(source, from, to)).toEqual(all.slice(from, to));
  });
}

test.each(Object.keys(forms))("any JSON values as %s", async (form) => {
  await fc.assert(
    fc.asyncProperty(anyRows, fc.constantFrom("\n", "\r\n", "\n \n"), async (all, end) => {
      // One value that is a list by itself would be read as the list of rows, and so it should.
      await comesBack(
        forms[form]!(
          all.map((value) => ({ value })),
          end,
        ),
        all.map((value) => ({ value })),
      );
    }),
    { numRuns: 25 },
  );
});

test("texts in a table", async () => {
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom("\n", "\r\n"), async (all, end) => {
      const cells = ["q,a", ...all.map(({ q, a }) => `${quoted(q)},${quoted(a)}`)];
      await comesBack({ name: path.join("x.csv"), content: cells.join(end) }, all);
    }),
    { numRuns: 25 },
  );
});

test("texts and lists in Parquet, by another writer", async () => {
  const turns = fc.array(fc.record({ from: text, value: fc.option(text) }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          text: fc.option(text),
          n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
          turns,
        }),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      fc.integer({ min: 1, max: 50 }),
      async (all, rowGroupSize) => {
        const element = (name: string, more: object) => ({
          name,
          repetition_type: "OPTIONAL" as const,
          ...more,
        });
        const string = { type: "BYTE_ARRAY" as const, converted_type: "UTF8" as const };
        const schema = [
          { name: "root", num_children: 3 },
          element("text", string),
          element("n", { type: "DOUBLE" }),
          element("turns", { converted_type: "LIST", num_children: 1 }),
          { name: "list", repetition_type: "REPEATED" as const, num_children: 1 },
          element("element", { num_children: 2 }),
          element("from", string),
          element("value", string),
        ];
        const column = <K extends keyof (typeof all)[number]>(name: K) => ({
          name,
          data: all.map((row) => row[name]),
        });
        const content = parquetWriteBuffer({
          schema: schema as never,
          columnData: [column("text"), column("n"), column("turns")] as never,
          rowGroupSize,
          pageSize: 64,
        });
        await comesBack({ name: "x.parquet", content: new Uint8Array(content) }, all);
      },
    ),
    { numRuns: 40 },
  );
});

test("the elements of an array, however its bytes are cut", () => {
  fc.assert(
    fc.property(
      anyRows,
      fc.constantFrom(0, 1),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 }),
      (all, indent, cuts) => {
        const bytes = Buffer.from(JSON.stringify(all, null, indent));
        const elements = new JsonElements(2 ** 20);
        const found = [];
        let start = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...elements.elements(bytes.subarray(start, start + cut)));
          start += cut;
        }
        elements.finish();
        expect(found.map(({ bytes }) => JSON.parse(Buffer.from(bytes!).toString()) as unknown)).toEqual(
          JSON.parse(JSON.stringify(all)),
        );
      },
    ),
  );
});

test("Zstandard frames, however their bytes are cut", async () => {
  const frames = Buffer.from(
    zstdFrames(Buffer.from("some text that is longer than a block of fifty bytes, and then some")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }), async (cuts) => {
      async function* pieces() {
        let start = 0;
        for (const cut of [...cuts, frames.length]) {
          yield frames.subarray(start, start + cut);
          start += cut;
        }
      }
      const chunks = [];
      for await (const chunk of unpacked(pieces(), "zstd", "x.zst")) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toMatch(/^some text .* and then some$/);
    }),
  );
});

test("a Zstandard frame that asks for more than 128 MiB of memory is refused before it gets any", async () => {
  async function* pieces() {
    // A window of 2^41 bytes.
    yield Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00]);
  }
  await expect(unpacked(pieces(), "zstd", "x.zst").next()).rejects.toThrow(
    "it needs a window of more than 128 MiB",
  );
});
