/** The same files, read by us and by Hugging Face's `datasets`: the same rows. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../../training-host/random";
import { valuesOf } from "../../unit/training-host/data/rows/opened-rows";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rows-"));
const fixtures = path.resolve(import.meta.dirname, "../../fixtures/data");
const random = new Random(11, "rows");
const below = (count: number) => Math.floor(random.next() * count);
const pieces = ["a", "é", "東", "😀", '"', ",", "\n", "\t", " ", "\\", "'", "0"];
const text = () => Array.from({ length: 1 + below(12) }, () => pieces[below(pieces.length)]!).join("");

const rows = Array.from({ length: 500 }, (_, index) => ({
  id: index,
  instruction: text(),
  output: text(),
  score: index / 8,
  conversations: Array.from({ length: 1 + below(4) }, (_, turn) => ({
    from: turn % 2 ? "gpt" : "human",
    value: text(),
  })),
}));
const lines = rows.map((row) => JSON.stringify(row));
const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
const table = (delimiter: string) =>
  [["instruction", "output"], ...rows.map(({ instruction, output }) => [instruction, output])]
    .map((cells) => cells.map(quoted).join(delimiter))
    .join("\r\n");

const files: Record<string, string | Uint8Array> = {
  "a.jsonl": `${lines.join("\n")}\n`,
  "windows.jsonl": lines.join("\r\n"),
  "packed.jsonl.gz": gzipSync(lines.join("\n")),
  "array.json": JSON.stringify(rows, null, 2),
  "table.csv": table(","),
  "packed.csv.gz": gzipSync(table(",")),
  "table.tsv": table("\t"),
  "zstd.parquet": fs.readFileSync(path.join(fixtures, "zstd-v2.parquet")),
  "snappy.parquet": fs.readFileSync(path.join(fixtures, "snappy-v1.parquet")),
};

beforeAll(() => {
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  const script = path.join(import.meta.dirname, "load_rows.py");
  const python = process.env.MOS_PYTHON ?? "python3";
  const { status, stderr } = spawnSync(python, [script, folder, ...Object.keys(files)], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

it.each(Object.keys(files))("%s", async (name) => {
  const theirs = fs
    .readFileSync(path.join(folder, `${name}.rows`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(theirs.length).toBeGreaterThan(40);
  expect(await valuesOf(folder, name)).toEqual(theirs);
});
