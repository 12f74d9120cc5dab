/** Checkpoints that we save: the real transformers loads them, and computes the same logits. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packExamples } from "../../../training-host/data/packed-batch";
import { loadTokenizer } from "../../../training-host/data/tokenizer";
import { loadCheckpoint } from "../../../training-host/model/checkpoint/load";
import { saveCheckpoint } from "../../../training-host/model/checkpoint/save";
import { createFromScratch } from "../../../training-host/model/scratch";
import { Random } from "../../../training-host/random";
import type { Backend } from "../../../training-host/tensor/backend";
import { openBackend } from "../../../training-host/tensor/backends";
import { largestDifference, readExpected, referenceFolder } from "../../unit/training-host/reference";

/** The reference's README gives 5e-5 for logits of float32. */
const LOGITS = 5e-5;

const models = path.join(referenceFolder, "models");
const dtypes = ["f32", "bf16", "f16"] as const;
const cases = fs
  .readdirSync(models)
  .flatMap((model) => dtypes.map((dtype) => [model, dtype] as const))
  .flatMap(([model, dtype]) => [
    { model, dtype, largestFile: 5e9 },
    { model, dtype, largestFile: 50_000 },
  ]);
const ids = [0, 1].map((row) => Array.from({ length: 24 }, (_, i) => (7 + 13 * i + 101 * row) % 300));
const texts = ["Hello world, 123!", "naïve café\n\n  two  spaces", "日本語"];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "checkpoints-"));
const saved = path.join(folder, "saved");
const answers = path.join(folder, "answers");
const nameOf = ({ model, dtype, largestFile }: (typeof cases)[number]) =>
  `${model}-${dtype}-${largestFile > 1e6 ? "single" : "sharded"}`;
let backend: Backend;
let results: {
  missing: string[];
  unexpected: string[];
  dtype: string;
  tokens: number[][];
  generation: Record<string, unknown>;
}[];
const largest: Record<string, number> = {};

beforeAll(async () => {
  backend = await openBackend("wasm");
  for (const one of cases) {
    const source = path.join(models, one.model);
    const model = await loadCheckpoint(source, backend);
    const tokenizerFiles = (await loadTokenizer(source)).files;
    await saveCheckpoint(model, path.join(saved, nameOf(one)), one.dtype, {
      ...{ tokenizerFiles, modelFolder: source, largestFile: one.largestFile },
    });
    model.dispose();
  }
  await saveFromScratch();
  fs.mkdirSync(answers);
  const input = path.join(folder, "cases.json");
  const folders = [...cases.map(nameOf), "scratch"].map((name) => path.join(saved, name));
  fs.writeFileSync(input, JSON.stringify({ folders, ids, texts }));
  const script = path.join(import.meta.dirname, "checkpoints.py");
  const python = process.env.MOS_PYTHON ?? "python3";
  const { status, stdout, stderr } = spawnSync(python, [script, input, answers], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  console.log(stdout.trim());
  results = JSON.parse(fs.readFileSync(path.join(answers, "results.json"), "utf8"));
});

afterAll(() => {
  for (const [what, difference] of Object.entries(largest))
    console.log(`largest difference of logits, ${what}: ${difference.toExponential(1)}`);
  fs.rmSync(folder, { recursive: true });
});

async function saveFromScratch(): Promise<void> {
  const config = {
    ...({ architecture: "llama", layers: 2, width: 48, heads: 4, kvHeads: 2, hidden: 80 } as const),
    ...{ vocab: 320, tiedHead: true, ropeTheta: 10000 },
  };
  const model = createFromScratch(config, config.vocab, backend, new Random(4));
  const tokenizerFiles = (await loadTokenizer(path.join(models, "llama3-tiny"))).files;
  await saveCheckpoint(model, path.join(saved, "scratch"), "f32", { tokenizerFiles });
  model.dispose();
}

/** Of the saved folder, loaded here, beside transformers'. */
async function compare(name: string, number: number): Promise<number> {
  const model = await loadCheckpoint(path.join(saved, name), backend);
  const { batch } = packExamples(
    ids.map((row) => ({ ids: Int32Array.from(row), learned: new Uint8Array(row.length) })),
  );
  const logits = await model.logits(batch, Int32Array.from(batch.ids.keys()));
  model.dispose();
  const expected = readExpected(path.join(answers, `${number}.safetensors`)).get("logits")!;
  return largestDifference(logits, expected.values);
}

describe("transformers loads what we save", () => {
  it.each(cases.map((one, number) => ({ ...one, number, name: nameOf(one) })))(
    "$name",
    async ({ name, number, dtype, model, largestFile }) => {
      const result = results[number]!;
      expect(result).toMatchObject({ missing: [], unexpected: [] });
      expect(result.dtype).toBe(
        { f32: "torch.float32", bf16: "torch.bfloat16", f16: "torch.float16" }[dtype],
      );
      const shards = fs.readdirSync(path.join(saved, name)).filter((file) => file.startsWith("model-"));
      expect(shards.length > 1).toBe(largestFile < 1e6);

      const difference = await compare(name, number);
      largest[dtype] = Math.max(largest[dtype] ?? 0, difference);
      expect(difference).toBeLessThan(LOGITS);

      const tokenizer = await loadTokenizer(path.join(saved, name));
      expect(texts.map((text) => tokenizer.encode(text))).toEqual(result.tokens);
      const generation = JSON.parse(
        fs.readFileSync(path.join(models, model, "generation_config.json"), "utf8"),
      );
      expect(result.generation.eos_token_id).toEqual(generation.eos_token_id);
    },
  );

  it.each(cases.map((one, number) => ({ ...one, number, name: nameOf(one) })))(
    "and saves it in shards that we load: $name",
    async ({ name, number }) => {
      const theirs = path.join(answers, String(number));
      expect(fs.readdirSync(theirs)).toContain("model.safetensors.index.json");
      const [ours, again] = [
        await loadCheckpoint(path.join(saved, name), backend),
        await loadCheckpoint(theirs, backend),
      ];
      for (const [parameter, value] of ours.parameters)
        expect(again.parameters.get(parameter)!.dataSync(), parameter).toEqual(value.dataSync());
      ours.dispose();
      again.dispose();
    },
  );

  it("also a model from scratch", async () => {
    expect(results.at(-1)).toMatchObject({ missing: [], unexpected: [], dtype: "torch.float32" });
    expect(await compare("scratch", cases.length)).toBeLessThan(LOGITS);
  });
});
