import { mkdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatasetFormat } from "../../../../contracts/plan";
import type { UserError } from "../../../../contracts/user-error";
import { rowPieces } from "../../../../training-host/data/formats/row-pieces";
import { byteLines, LineTooLong, LONGEST_LINE } from "../../../../training-host/data/readers/byte-lines";
import { findDataFile, readRows } from "../../../../training-host/data/readers/data-file";
import { temporaryFolder, write } from "./temporary-folder";

const format: DatasetFormat = { kind: "columns", prompt: "q", answer: "a" };

async function readAll(folder: string, name: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readRows(await findDataFile(name, folder))) {
    rowPieces(format, row, { template: null, specialTexts: [] });
    rows.push(row.value);
  }
  return rows;
}

async function failure(folder: string, name: string): Promise<string> {
  try {
    await readAll(folder, name);
  } catch (error) {
    const { reason, message, advice } = error as UserError;
    return `${reason} | ${message}${advice ? ` ${advice}` : ""}`.replaceAll(folder + path.sep, "DIR/");
  }
  return "read without complaint";
}

const good = '{"q": "1+1", "a": "2"}';

test.each([
  ["LF", `${good}\n${good}\n`],
  ["no line end at the end", `${good}\n${good}`],
  ["CR LF and blank lines", `\r\n${good}\r\n  \r\n\r\n${good}\r\n\r\n`],
  ["a byte order mark", `\uFEFF${good}\n${good}`],
])("reads rows with %s", async (_name, content) => {
  const folder = temporaryFolder();
  write(folder, "d.jsonl", content);
  expect(await readAll(folder, "d.jsonl")).toEqual([
    { q: "1+1", a: "2" },
    { q: "1+1", a: "2" },
  ]);
});

test("reads a .json file that is an array, and one that is JSON lines after all", async () => {
  const folder = temporaryFolder();
  write(folder, "array.json", `\uFEFF \n[${good},\n${good}]`);
  write(folder, "lines.json", `${good}\n${good}`);
  expect(await readAll(folder, "array.json")).toHaveLength(2);
  expect(await readAll(folder, "lines.json")).toHaveLength(2);
});

const latin1 = Buffer.concat([
  Buffer.from(`${good}\n{"q": "caf`),
  Buffer.of(0xe9),
  Buffer.from('", "a": "x"}\n'),
]);
const utf16 = Buffer.from(`\uFEFF${good}\n`, "utf16le");

describe("what is wrong with a file is said in one sentence, with file and line", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["empty.jsonl", "", "file-empty | The data file empty.jsonl has no rows."],
    ["blank.jsonl", "\n \r\n\n", "file-empty | The data file blank.jsonl has no rows."],
    ["empty.json", "[]", "file-empty | The data file empty.json has no rows."],
    [
      "cut.jsonl",
      `${good}\n\n{"q": "1+1", "a": `,
      "bad-row | cut.jsonl:3: expected one JSON object on the line, found malformed JSON (unexpected end of JSON input).",
    ],
    [
      "word.jsonl",
      `${good}\nnonsense\n`,
      "bad-row | word.jsonl:2: expected one JSON object on the line, found malformed JSON (unexpected token 'o').",
    ],
    [
      "comma.jsonl",
      `${good}\n{"q": "1+1", "a": "2",}\n`,
      "bad-row | comma.jsonl:2: expected one JSON object on the line, found malformed JSON (expected double-quoted property name at column 23).",
    ],
    [
      "two.jsonl",
      `${good}${good}\n`,
      "bad-row | two.jsonl:1: expected one JSON object on the line, found malformed JSON (unexpected non-whitespace character after JSON at column 23).",
    ],
    [
      "comma.json",
      `[\n${good},\n{"q": "1",}\n]`,
      "bad-row | comma.json: the JSON array is malformed (expected double-quoted property name at line 3, column 11).",
    ],
    [
      "list.jsonl",
      `["a", "b"]\n`,
      "bad-row | list.jsonl:1: expected a JSON object with one member per column, found a list.",
    ],
    [
      "number.jsonl",
      `${good}\n12\n`,
      "bad-row | number.jsonl:2: expected a JSON object with one member per column, found a number.",
    ],
    [
      "column.jsonl",
      `${good}\n{"q": "1+1", "answer": "2", "id": 7}\n`,
      'bad-column | column.jsonl:2: column "a": expected a string, found no such column (there are: q, answer, id).',
    ],
    [
      "type.jsonl",
      `{"q": "1+1", "a": 2}`,
      'bad-column | type.jsonl:1: column "a": expected a string, found a number.',
    ],
    [
      "null.jsonl",
      `{"q": null, "a": "2"}`,
      'bad-column | null.jsonl:1: column "q": expected a string, found null.',
    ],
    [
      "row.json",
      `[${good}, {"q": []}]`,
      'bad-column | row.json, row 2: column "q": expected a string, found a list.',
    ],
    ["latin1.jsonl", latin1, "bad-encoding | latin1.jsonl:2: the text is not UTF-8. Save the file as UTF-8."],
    [
      "utf16.jsonl",
      utf16,
      "bad-encoding | utf16.jsonl:1: the text is not UTF-8, it looks like UTF-16. Save the file as UTF-8.",
    ],
    [
      "rows.parquet",
      "PAR1",
      'file-unreadable | rows.parquet: files ending in ".parquet" cannot be read. Use JSON lines (.jsonl, .ndjson) or a JSON array (.json).',
    ],
    [
      "noname",
      good,
      "file-unreadable | noname: files without a suffix cannot be read. Use JSON lines (.jsonl, .ndjson) or a JSON array (.json).",
    ],
  ])("%s", async (name, content, expected) => {
    const folder = temporaryFolder();
    write(folder, name, content);
    expect(await failure(folder, name)).toBe(expected);
  });

  test("missing files and folders", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "folder.jsonl"));
    expect(await failure(folder, "none.jsonl")).toBe(
      "file-missing | The data file none.jsonl does not exist. It was looked for at DIR/none.jsonl.",
    );
    expect(await failure(folder, "*.jsonl")).toContain("name one file");
    expect(await failure(folder, "folder.jsonl")).toBe(
      "file-missing | folder.jsonl is a folder, not a data file. Name one file in it.",
    );
  });
});

test("lines come out the same however the bytes are cut into chunks", async () => {
  const content = fc.array(fc.constantFrom("a", "é", "\n", "\r\n", "\r", "東", ""), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 80 }),
      async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""));
        const lines: string[] = [];
        let last = 0;
        for await (const line of byteLines(chunksOf(bytes, cuts))) {
          lines.push(Buffer.from(line.bytes).toString());
          expect(line.number).toBe(lines.length);
          expect(line.end).toBeGreaterThan(last);
          last = line.end;
        }
        const expected = bytes.toString().split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(lines).toEqual(expected.map((line) => line.replace(/\r$/, "")));
        expect(last).toBe(bytes.length);
      },
    ),
  );
});

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of cuts) {
    yield bytes.subarray(start, start + cut);
    start = Math.min(bytes.length, start + cut);
  }
  yield bytes.subarray(start);
}

test("gives up on a file that is one endless line, before it fills the memory", async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(2 ** 20);
  }
  const lines = byteLines(endless());
  await expect(lines.next()).rejects.toThrow(LineTooLong);
  expect(LONGEST_LINE).toBeLessThan(2 ** 28);
});
