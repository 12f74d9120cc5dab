/** Rows of lines, whatever the bytes: by index, by scan, and by reading naively. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { LineIndexer, startOf } from "../../../../../training-host/data/rows/line-index";
import { LONGEST_LINE, RowSplitter } from "../../../../../training-host/data/rows/row-splitter";

const parts = fc.array(fc.constantFrom("a", "é", "\n", "\r\n", "\r", "東", " ", "\t", ""), { maxLength: 60 });
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 80 });

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const length of lengths) {
    yield bytes.subarray(start, start + length);
    start = Math.min(bytes.length, start + length);
  }
  yield bytes.subarray(start);
}

/** `[line number, text]` of the lines that are not blank. */
function naive(text: string): [number, string][] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  return lines.flatMap((line, index) =>
    /^[ \t\r]*$/.test(line) ? [] : [[index + 1, line.replace(/\r$/, "")] as [number, string]],
  );
}

function split(bytes: Uint8Array, lengths: readonly number[]): { line: number; text: string; end: number }[] {
  const splitter = new RowSplitter();
  const rows = [...cut(bytes, lengths)].flatMap((piece) => [...splitter.rows(piece)]);
  const last = splitter.last();
  return [...rows, ...(last ? [last] : [])].map((raw, index) => {
    expect(raw.row).toBe(index);
    return { line: raw.line, text: Buffer.from(raw.bytes!).toString(), end: raw.end };
  });
}

test("rows are the same however the bytes are cut", () => {
  fc.assert(
    fc.property(parts, cuts, fc.boolean(), (pieces, lengths, marked) => {
      const text = (marked ? "\uFEFF" : "") + pieces.join("");
      const rows = split(Buffer.from(text), lengths);
      expect(rows.map(({ line, text }) => [line, text])).toEqual(naive(text));
    }),
  );
});

test("an index has the rows of the naive reading, and finds each", () => {
  fc.assert(
    fc.property(parts, cuts, fc.nat(600), (pieces, lengths, times) => {
      const text = pieces.join("").repeat(times);
      const bytes = Buffer.from(text);
      const indexer = new LineIndexer();
      for (const piece of cut(bytes, [...lengths, 70_000])) indexer.add(piece);
      const index = indexer.finish();
      const rows = naive(text);
      expect(index.rows).toBe(rows.length);
      expect(index.bytes).toBe(bytes.length);
      for (let row = 0; row < rows.length; row += 97) {
        const start = startOf(index, row);
        expect(start.row).toBeLessThanOrEqual(row);
        expect(start.row).toBeGreaterThan(row - 256);
        const splitter = new RowSplitter(start);
        const found =
          [...splitter.rows(bytes.subarray(start.offset))].find((raw) => raw.row === row) ?? splitter.last();
        expect([found?.line, Buffer.from(found!.bytes!).toString()]).toEqual(rows[row]);
      }
    }),
    { numRuns: 60 },
  );
});

test("an index of rows none of which begins with a blank is the same, entry by entry", () => {
  // An entry is due after so many bytes in the one, after so many rows in the other.
  const lengths = fc
    .constantFrom(3000, 60)
    .chain((max) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 2000, size: "max" }));
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 200_000 }), (lengths, size) => {
      const plain = Buffer.from(lengths.map((length) => `${"x".repeat(length)}\n`).join(""));
      const indexer = new LineIndexer();
      for (let start = 0; start < plain.length; start += size)
        indexer.add(plain.subarray(start, start + size));
      const expected = { row: [] as number[], offset: [] as number[], line: [] as number[] };
      let [offset, dueOffset, dueRow] = [0, 0, 0];
      for (const [row, length] of lengths.entries()) {
        if (offset >= dueOffset || row >= dueRow) {
          expected.row.push(row);
          expected.offset.push(offset);
          expected.line.push(row + 1);
          [dueOffset, dueRow] = [offset + 32 * 1024, row + 256];
        }
        offset += length + 1;
      }
      const { row, offset: offsets, line, rows } = indexer.finish();
      expect(rows).toBe(lengths.length);
      expect({ row: [...row], offset: [...offsets], line: [...line] }).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

describe("lines beyond all measure", () => {
  // Blank as far as anyone looks.
  const piece = Buffer.alloc(2 ** 20, " ");
  const end = Buffer.from("\n{}\n");

  test("are rows without bytes, and what follows is found", () => {
    const splitter = new RowSplitter();
    const indexer = new LineIndexer();
    const rows = [];
    for (let done = 0; done <= LONGEST_LINE; done += piece.length) {
      rows.push(...splitter.rows(piece));
      indexer.add(piece);
    }
    rows.push(...splitter.rows(end));
    indexer.add(end);
    expect(rows.map(({ bytes, row, line }) => [bytes === null, row, line])).toEqual([
      [true, 0, 1],
      [false, 1, 2],
    ]);
    expect(indexer.finish().rows).toBe(2);
  });
});

afterAll(() => expect(LONGEST_LINE).toBeLessThan(2 ** 28));
