/** Greedy text and losses of the reference's models, beside the real transformers and PEFT. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRows } from "../../../training-host/data/rows/row-source";
import { evaluateRows } from "../../../training-host/generation/evaluate";
import {
  asNumbers,
  numbersOf,
  openReference,
  referenceModels,
  write,
} from "../../unit/training-host/generation/opened-reference";
import { referenceFolder } from "../../unit/training-host/reference";

const adapter = path.join(referenceFolder, "lora/adapter");
const models = [
  ...referenceModels.map((name) => ({ name, adapter: null })),
  { name: "llama3-tiny-bf16", adapter: null },
  { name: "llama3-tiny", adapter },
];
const prompts = [1, 3, 9, 30].map((length, row) =>
  Array.from({ length }, (_, i) => (11 + 17 * i + 59 * row) % 310),
);
const settings = [{ max_new_tokens: 40 }, { max_new_tokens: 30, repetition_penalty: 1.4 }];
const pairs = [
  { prompt: "What is 2 + 3?", answer: "It is 5." },
  { prompt: "Say something in German.", answer: "Grüße aus Köln, sagte sie.\n\nUnd ging." },
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "generation-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let results: { written: number[][][]; losses: number[]; tokens: number[] }[];

beforeAll(() => {
  const input = path.join(folder, "cases.json");
  const listed = models.map(({ name, adapter }) => ({
    folder: path.join(referenceFolder, "models", name),
    adapter,
  }));
  fs.writeFileSync(input, JSON.stringify({ models: listed, prompts, settings, pairs }));
  fs.writeFileSync(
    path.join(folder, "pairs.jsonl"),
    pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""),
  );
  const script = path.join(import.meta.dirname, "generation.py");
  const python = process.env.MOS_PYTHON ?? "python3";
  const { status, stdout, stderr } = spawnSync(python, [script, input], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const [versions, answer] = stdout.trim().split("\n").slice(-2);
  console.log(versions);
  results = JSON.parse(answer!);
});

describe.each(
  models.map((model, index) => ({
    ...model,
    index,
    title: `${model.name}${model.adapter ? " with an adapter" : ""}`,
  })),
)("$title", ({ name, adapter, index }) => {
  it.each(["wasm", "cpu"] as const)("writes what transformers writes, on %s", async (backend) => {
    const loaded = await openReference(name, backend, adapter);
    const numbers = asNumbers(loaded);
    for (const [
      which,
      { max_new_tokens: maxTokens, repetition_penalty: repetitionPenalty = 1 },
    ] of settings.entries()) {
      const { answers } = await write(numbers, prompts, { maxTokens, repetitionPenalty });
      expect(answers.map(numbersOf)).toEqual(results[index]!.written[which]);
    }
    loaded.model.dispose();
  });

  it("judges answers as transformers does", async () => {
    const loaded = await openReference(name, "wasm", adapter);
    const location = { path: "pairs.jsonl", baseDirectory: folder };
    const rows = await openRows(location, { cacheFolder: path.join(folder, "cache") });
    const format = { kind: "columns", prompt: "prompt", answer: "answer", system: null } as const;
    const { perExample } = await evaluateRows(loaded, rows, { format, length: null, limit: null });
    await rows.close();
    expect(perExample.map(({ tokens }) => tokens)).toEqual(results[index]!.tokens);
    for (const [row, { loss }] of perExample.entries())
      expect(Math.abs(loss! - results[index]!.losses[row]!)).toBeLessThan(1e-5);
    loaded.model.dispose();
  });
});
