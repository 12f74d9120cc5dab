/** The records of tables, against `csv-parse`. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TableRecords } from "../../../../../training-host/data/rows/table-records";

const COMMA = ",".charCodeAt(0);

function records(text: string | Uint8Array, lengths: readonly number[] = [], longest = 2 ** 20) {
  const bytes = Buffer.from(text);
  const table = new TableRecords(COMMA, longest);
  const found = [];
  let start = 0;
  for (const length of lengths) {
    found.push(...table.records(bytes.subarray(start, start + length)));
    start = Math.min(bytes.length, start + length);
  }
  return [...found, ...table.records(bytes.subarray(start)), ...table.last()];
}

const fieldsOf = (text: string, lengths?: readonly number[]) =>
  records(text, lengths).map(({ fields }) => fields);

const cell = fc.string({ unit: fc.constantFrom("a", "é", '"', ",", "\n", "\r", "東", " "), maxLength: 6 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 });

function quoted(value: string, always: boolean): string {
  return always || /[",\r\n]/.test(value) || value === "" ? `"${value.replaceAll('"', '""')}"` : value;
}

test("what a careful writer wrote comes back, and csv-parse agrees", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      lineEnd,
      fc.boolean(),
      fc.boolean(),
      cuts,
      (rows, end, always, ended, lengths) => {
        const text =
          rows.map((row) => row.map((value) => quoted(value, always)).join(",")).join(end) +
          (ended ? end : "");
        expect(fieldsOf(text, lengths)).toEqual(rows);
        const theirs = parse(text, {
          record_delimiter: ["\r\n", "\n", "\r"],
          relax_column_count: true,
          skip_empty_lines: true,
        });
        expect(theirs).toEqual(rows);
      },
    ),
  );
});

test("records are the same however the bytes are cut, also malformed ones", () => {
  const anything = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", "é"), maxLength: 40 });
  fc.assert(
    fc.property(anything, cuts, (text, lengths) => {
      const result = (how: readonly number[]) => {
        try {
          return records(text, how);
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(result(lengths)).toEqual(result([]));
    }),
    { numRuns: 2000 },
  );
});

test("lines are counted, within fields too, and blank ones are no records", () => {
  const found = records('a,b\r\n\r\n"x\r\ny",1\r\r2,3\n\n\n"\n",4');
  expect(found.map(({ fields, line }) => [line, ...fields])).toEqual([
    [1, "a", "b"],
    [3, "x\r\ny", "1"],
    [6, "2", "3"],
    [9, "\n", "4"],
  ]);
});

test("quotes within unquoted fields stand for themselves", () => {
  expect(fieldsOf('5" disk,it is "so"\n')).toEqual([['5" disk', 'it is "so"']]);
});

test("text behind a closing quote makes a malformed record, and the next line is read as ever", () => {
  const found = records('"a"b,c\n"d",e\n');
  expect(found.map(({ problem }) => problem)).toEqual(["quote", null]);
  expect(found[1]!.fields).toEqual(["d", "e"]);
});

test("text that is not UTF-8 makes a malformed record", () => {
  expect(records(Buffer.from([0x61, 0xe9, 0x0a, 0x62, 0x0a])).map(({ problem }) => problem)).toEqual([
    "encoding",
    null,
  ]);
});

test.each([
  [
    "a quote that is never closed",
    'a\n"b\nc\n',
    "a quote is opened in the row that begins on line 2, and never closed",
  ],
  ["a row without end", "a".repeat(200), "the row that begins on line 1 is longer than 0.0001 MiB"],
  ["a row of delimiters", ",".repeat(20_000), "the row that begins on line 1 has more than 10000 fields"],
])("gives up on %s", (_name, text, message) => {
  const longest = text.startsWith("aa") ? 0.0001 * 2 ** 20 : 2 ** 20;
  expect(() => records(text, [], longest)).toThrow(message);
});
