/**
 * examples/paper.mos as it stands, on this machine: the tiny reference model of the same architecture in place of each backbone, and
 * small files of the four kinds in place of the Hub's. Nothing else is changed.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseJson, showJson } from "./cli-schemas";
import { mos } from "./mos-command";

const root = path.resolve(import.meta.dirname, "../..");
const models = path.join(root, "test/fixtures/reference/models");
const ROWS = 300;

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-paper-"));
  fs.copyFileSync(path.join(root, "examples/paper.mos"), path.join(folder, "paper.mos"));
  const rows = <T>(make: (i: number) => T) => Array.from({ length: ROWS }, (_, i) => make(i));
  const write = (name: string, content: string | Uint8Array) =>
    fs.writeFileSync(path.join(folder, name), content);
  write(
    "math.json",
    JSON.stringify(rows((i) => ({ instruction: `What is ${i} + 1?`, output: `${i + 1}`, source: "made" }))),
  );
  const lines = rows((i) => `"Name, please, pill ${i}.","","Pill ""${i}"""`);
  write("medicine.csv.gz", gzipSync(`instruction,input,output\n${lines.join("\n")}\n`));
  const turns = (i: number) => [
    { from: "human", value: `Hello ${i}` },
    { from: "gpt", value: `Hi ${i}` },
    { from: "human", value: "Bye" },
    { from: "gpt", value: `Bye ${i}` },
  ];
  // As in the original, some conversations are empty.
  write(
    "general.json",
    JSON.stringify(rows((i) => ({ id: `c${i}`, conversations: i % 50 ? turns(i) : [] }))),
  );
  const columnData = [
    { name: "inputs", data: rows((i) => [i, i + 1]), type: "JSON" as const },
    { name: "inputs_pretokenized", data: rows((i) => `Is ${i} even?`), type: "STRING" as const },
    { name: "targets_pretokenized", data: rows((i) => (i % 2 ? "no" : "yes")), type: "STRING" as const },
  ];
  fs.mkdirSync(path.join(folder, "nlp/train"), { recursive: true });
  write("nlp/train/0000.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const places = {
  "data.math.path": "math.json",
  "data.medicine.path": "medicine.csv.gz",
  "data.general.path": "general.json",
  "data.nlp.path": "*/train/0000.parquet",
};

test.each([
  ["qwen1.5-0.5b", "qwen2-tiny", "qwen2"],
  ["gemma-2b", "gemma-tiny", "gemma"],
  ["llama-3-8b", "llama3-tiny", "llama"],
])("%s runs, is measured and saved (here: %s)", async (experiment, model, architecture) => {
  const set = Object.entries({ ...places, "model.path": path.join(models, model) }).flatMap(
    ([address, value]) => ["--set", `${address}=${JSON.stringify(value)}`],
  );
  const run = await mos(["run", "paper.mos", `${experiment}/`, "--profile", "smoke", ...set], folder);
  expect(run.code, run.stderr).toBe(0);
  const id = fs.readdirSync(path.join(folder, ".mos/runs")).find((name) => name.includes(experiment));
  const show = await mos(["show", id!, "--json"], folder);
  expect(show.code, show.stderr).toBe(0);
  const shown = parseJson(showJson, show.stdout);
  expect(shown).toMatchObject({ status: "finished", step: 4 });
  expect(shown.updates).toMatchObject([{ step: 2 }]);
  let drawings = 0;
  for (const { name, size, drawn } of shown.datasets) {
    // Of 300 rows a tenth is for training; of the conversations, six are empty.
    expect(size, name).toBeGreaterThan(10);
    expect(size, name).toBeLessThan(60);
    drawings += drawn;
  }
  expect(drawings).toBe(4 * 4);
  expect(shown.losses.map(({ loss }) => loss! > 0)).toEqual(Array(shown.losses.length).fill(true));
  expect(Object.keys(shown.evaluations.at(-1)!.perDataset)).toEqual(["math", "medicine", "general", "nlp"]);
  const saved = path.join(folder, "out", experiment);
  expect(JSON.parse(fs.readFileSync(path.join(saved, "config.json"), "utf8")).model_type).toBe(architecture);
  expect(fs.existsSync(path.join(saved, "model.safetensors"))).toBe(true);
});
