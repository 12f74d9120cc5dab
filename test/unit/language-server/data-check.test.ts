import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DatasetFormat } from "../../../contracts/plan";
import { checkDocument } from "../../../language-server/language/check";
import { parse } from "../../../language-server/language/parser";
import { checkData } from "../../../language-server/workspace/data-check";
import { DataFileChecks } from "../../../language-server/workspace/data-file-check";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-data-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), content);
}

const row = (i: number) => JSON.stringify({ instruction: `q${i}`, output: `a${i}` });
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i)).join("\n");

async function problems(text: string): Promise<string[]> {
  const file = path.join(folder, "file.mos");
  const document = checkDocument(file, (asked) => (asked === file ? parse(text) : null));
  const found = await checkData(document!, new DataFileChecks());
  return found.map(
    ({ severity, code, message, start, end }) =>
      `${severity} ${code} ⟦${text.slice(start, end)}⟧ ${message.replaceAll(folder, "")}`,
  );
}

const experiment = (train: string, datasets = "[a, b]") => `model tiny { scratch llama }
dataset a { path "a.jsonl"; format alpaca }
dataset b { path "b.jsonl"; format alpaca }
experiment skills { model tiny; data ${datasets}; ${train} }
`;

describe("data files", () => {
  it("are fine when they are", async () => {
    write("a.jsonl", `\uFEFF${row(1)}\r\n\r\n${row(2)}\r\n`);
    write("b.json", `  [${row(1)}, ${row(2)}]`);
    expect(await problems('dataset a { path "a.jsonl"; format alpaca; dev "b.json" }')).toEqual([]);
  });

  it.each([
    [
      "a file that is not there",
      null,
      'error data-missing ⟦"a.jsonl"⟧ The data file `a.jsonl` does not exist; it was looked for at /a.jsonl.',
    ],
    ["an empty file", "", 'error data-empty ⟦"a.jsonl"⟧ The data file `a.jsonl` is empty.'],
    ["a file of blank lines", "\n\n\n", 'error data-empty ⟦"a.jsonl"⟧ The data file `a.jsonl` has no rows.'],
    [
      "a malformed line",
      `${row(1)}\n{"instruction": "x", }\n`,
      'error data-row ⟦"a.jsonl"⟧ `a.jsonl:2`: expected one JSON object on the line, found malformed JSON: expected double-quoted property name.',
    ],
    [
      "a missing column",
      `${row(1)}\n${row(2)}\n{"question": "x"}`,
      'error data-row ⟦"a.jsonl"⟧ `a.jsonl:3`: column "instruction": expected a string, found no such column (there are: question).',
    ],
    [
      "a value of another type",
      '{"instruction": 3, "output": "x"}',
      'error data-row ⟦"a.jsonl"⟧ `a.jsonl:1`: column "instruction": expected a string, found a number.',
    ],
    [
      "Latin-1",
      Uint8Array.from([0x22, 0xe9, 0x22]),
      'error data-unreadable ⟦"a.jsonl"⟧ `a.jsonl:1`: the text is not UTF-8; save the file as UTF-8.',
    ],
  ])("%s", async (_title, content, message) => {
    if (content !== null) write("a.jsonl", content);
    expect(await problems('dataset a { path "a.jsonl"; format alpaca }')).toEqual([message]);
  });

  it("are checked for held-out rows too, on their own token", async () => {
    write("a.jsonl", row(1));
    write("d.json", "[]");
    expect(await problems('dataset a { path "a.jsonl"; dev "d.json"; format alpaca }')).toEqual([
      'error data-empty ⟦"d.json"⟧ The data file `d.json` has no rows.',
    ]);
  });

  it("must be of a kind that can be read", async () => {
    write("a.csv", "x,y\n1,2\n");
    fs.mkdirSync(path.join(folder, "sub"));
    expect(await problems('dataset a { path "a.csv"; format alpaca }')).toEqual([
      'error data-unreadable ⟦"a.csv"⟧ `a.csv` cannot be read; use JSON lines (.jsonl, .ndjson) or a JSON array (.json).',
    ]);
    expect(await problems('dataset a { path "sub"; format alpaca }')).toEqual([
      'error data-missing ⟦"sub"⟧ `sub` is a folder; name one file in it.',
    ]);
  });

  it("are found whatever the chunks that they are read in", async () => {
    const long = JSON.stringify({ instruction: "x".repeat(300_000), output: "é".repeat(200_000) });
    write("a.jsonl", `${long}\n${long}\n{"instruction": 1}`);
    expect(await problems('dataset a { path "a.jsonl"; format alpaca }')).toEqual([
      expect.stringContaining("`a.jsonl:3`"),
    ]);
  });
});

describe("what is known of a file", () => {
  const format: DatasetFormat = {
    kind: "alpaca",
    instruction: "instruction",
    input: "input",
    output: "output",
  };

  it("is kept until the file changes", async () => {
    const checks = new DataFileChecks();
    write("a.jsonl", rows(3));
    const file = path.join(folder, "a.jsonl");
    const first = await checks.check(file, "a.jsonl", format);
    expect(first).toEqual({ problem: null, rows: 3 });
    expect(await checks.check(file, "a.jsonl", format)).toBe(first);
    write("a.jsonl", rows(5));
    expect((await checks.check(file, "a.jsonl", format)).rows).toBe(5);
    expect(
      (await checks.check(file, "a.jsonl", { kind: "text", column: "text" })).problem?.message,
    ).toContain('column "text"');
  });

  it("is not kept of a check that was stopped", async () => {
    const checks = new DataFileChecks();
    write("a.jsonl", rows(20_000));
    const file = path.join(folder, "a.jsonl");
    const stopped = new AbortController();
    const reading = checks.check(file, "a.jsonl", format, stopped.signal);
    stopped.abort();
    await expect(reading).rejects.toThrow();
    expect((await checks.check(file, "a.jsonl", format)).rows).toBe(20_000);
  });

  it("counts rows beyond those that it reads", async () => {
    write("a.jsonl", `${rows(25_000)}\n\n`);
    expect((await new DataFileChecks().check(path.join(folder, "a.jsonl"), "a", format)).rows).toBe(25_000);
  });
});

describe("models and tokenizers", () => {
  it("must be there, and models of the right form", async () => {
    write("m/weights", "");
    write("file", "");
    expect(await problems('model x { path "nowhere" }')).toEqual([
      'error model-missing ⟦"nowhere"⟧ The model folder `nowhere` does not exist; it was looked for at /nowhere.',
    ]);
    expect(await problems('model x { path "file" }')).toEqual([
      'error model-missing ⟦"file"⟧ `file` is a file; name the folder that holds config.json and the weights.',
    ]);
    expect(await problems('model x { path "m" }')).toEqual([
      'error model-missing ⟦"m"⟧ The folder `m` has no config.json, so it is no model in the Hugging Face format.',
    ]);
    write("m/config.json", "{}");
    expect(await problems('model x { path "m"; tokenizer "t.json" }')).toEqual([
      'error tokenizer-missing ⟦"t.json"⟧ The tokenizer `t.json` does not exist; it was looked for at /t.json.',
    ]);
  });

  it("may be what another experiment of the file exports", async () => {
    write("a.jsonl", rows(90));
    const text = `model blank { scratch llama }
model first { path "out/first" }
dataset a { path "a.jsonl"; format alpaca }
experiment one { model blank; data [a]; mixture static uniform; train { steps 5 }; export safetensors "./out/first" }
experiment two { model first; data [a]; mixture static uniform; train { steps 5 } }`;
    expect(await problems(text)).toEqual([
      'information model-missing ⟦"out/first"⟧ The model folder `out/first` will be there once `one` has run, which exports it.',
    ]);
  });

  it("are not looked for where the environment names them", async () => {
    expect(await problems("model x { path env.MODEL }")).toEqual([]);
  });
});

describe("sizes", () => {
  beforeEach(() => {
    write("a.jsonl", rows(10));
    write("b.jsonl", rows(90));
  });

  it("tell how often rows are seen", async () => {
    const found = await problems(experiment("mixture static uniform; train { steps 100; batch 1 }"));
    expect(found).toEqual([
      "warning data-many-epochs ⟦[a, b]⟧ With these shares, this run sees every row of `a` 5.0 times; above 4, rows are memorised. Train shorter or lower the share.",
    ]);
    expect(await problems(experiment("mixture static proportional; train { steps 100; batch 1 }"))).toEqual(
      [],
    );
    expect(await problems(experiment("mixture static [a=10%, b=90%]; train { epochs 5; batch 1 }"))).toEqual([
      expect.stringContaining("`a` 5.0 times, `b` 5.0 times"),
    ]);
  });

  it("count the rows that `limit` leaves, and weights", async () => {
    const limited = experiment("mixture static proportional; train { epochs 3; batch 1 }").replace(
      'path "b.jsonl";',
      'path "b.jsonl"; limit 10; weight 9;',
    );
    expect(await problems(limited)).toEqual([expect.stringContaining("`b` 5.4 times")]);
  });

  it("tell how many updates a run counted in epochs makes", async () => {
    expect(await problems(experiment("train { epochs 1; batch 10 }"))).toEqual([
      expect.stringContaining("`a` 5.0 times"),
      "warning never-updates ⟦1⟧ The scorer is updated every 100 steps, the run ends after about 10: the mixture would never change.",
    ]);
  });
});
