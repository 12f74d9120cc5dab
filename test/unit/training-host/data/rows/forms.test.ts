/** Files of every form that writers other than ours have made: test/fixtures/data/README.md. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder";
import { fixtures, valuesOf } from "./opened-rows";

type Row = Record<string, unknown>;

const expected = readFileSync(path.join(fixtures, "expected.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

const rowsOf = async (name: string) => (await valuesOf(fixtures, name, temporaryFolder())) as Row[];

function onlyColumns(rows: readonly Row[], columns: readonly string[]): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]])));
}

test.each(readdirSync(fixtures).filter((name) => /^(dictionary|encodings)-.*\.parquet$/.test(name)))(
  "%s: all types, nested or not",
  async (name) => {
    expect(await rowsOf(name)).toStrictEqual(expected);
  },
);

const codecs = readdirSync(fixtures).filter((name) =>
  /^(none|snappy|gzip|brotli|lz4|zstd)-v\d\.parquet$/.test(name),
);

test.each(codecs)("%s: a codec in both versions of data pages", async (name) => {
  expect(await rowsOf(name)).toStrictEqual(onlyColumns(expected, ["id", "text", "conversations", "lists"]));
});

test("there are files of all six codecs", () => {
  expect(codecs).toHaveLength(12);
});

test.each(["python.jsonl.gz", "arrow.jsonl.zst", "python.json"])("%s", async (name) => {
  expect(await rowsOf(name)).toStrictEqual(expected);
});

test.each(["python.csv", "python.tsv"])(
  "%s: with quotes, commas, tabs and line ends in its fields",
  async (name) => {
    const cells = expected.map(({ text, category }) => ({ text: text ?? "", category }));
    expect(await rowsOf(name)).toStrictEqual(cells);
  },
);
