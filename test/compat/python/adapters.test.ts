/** Adapters of the real PEFT, loaded here; and ours, loaded by PEFT: the same logits and losses, beside the model and merged. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packExamples } from "../../../training-host/data/packed-batch";
import type { CausalLm } from "../../../training-host/model/causal-lm";
import { loadAdapter, saveAdapter } from "../../../training-host/model/checkpoint/adapter";
import { loadCheckpoint, loadWithAdapter } from "../../../training-host/model/checkpoint/load";
import { saveCheckpoint } from "../../../training-host/model/checkpoint/save";
import { type AdapterConfig, LowRankAdapters } from "../../../training-host/model/low-rank-adapters";
import { Random } from "../../../training-host/random";
import type { Backend } from "../../../training-host/tensor/backend";
import { openBackend } from "../../../training-host/tensor/backends";
import {
  type ExpectedTensor,
  largestDifference,
  readExpected,
  referenceFolder,
} from "../../unit/training-host/reference";

/** The reference's README gives 5e-5 for logits of float32, and 1e-5 for losses. */
const LOGITS = 5e-5;
const LOSS = 1e-5;
const MERGED = 1e-6;

const models = ["llama3-tiny", "qwen2-tiny", "gemma-tiny"] as const;
const baseOf = (model: string) => path.join(referenceFolder, "models", model);

const ids = [0, 1].map((row) => Array.from({ length: 20 }, (_, i) => (5 + 17 * i + 71 * row) % 300));
const labels = ids.map((row) => row.map((id, i) => (i < 6 ? -100 : id)));

const made: { name: string; config: Record<string, unknown> }[] = [
  { name: "list", config: { r: 4, lora_alpha: 8, target_modules: ["q_proj", "v_proj"] } },
  { name: "all-linear", config: { r: 3, lora_alpha: 5, target_modules: "all-linear" } },
  {
    name: "rank-stabilised",
    config: { r: 8, lora_alpha: 4, use_rslora: true, target_modules: "all-linear" },
  },
  { name: "pattern", config: { r: 2, lora_alpha: 4, target_modules: ".*layers\\.1\\..*(k_proj|down_proj)" } },
  {
    name: "some-layers",
    config: { r: 2, lora_alpha: 4, target_modules: ["q_proj", "up_proj"], layers_to_transform: [1] },
  },
  {
    name: "other-ranks",
    config: {
      ...{ r: 2, lora_alpha: 4, target_modules: ["q_proj", "o_proj", "gate_proj"] },
      rank_pattern: { o_proj: 5, "model.layers.0.self_attn.q_proj": 3 },
      alpha_pattern: { gate_proj: 9, "layers.1.self_attn.o_proj": 2 },
    },
  },
];

const ours: { name: string; config: AdapterConfig }[] = [
  { name: "ours", config: { rank: 3, alpha: 7, dropout: 0.1, targets: ["q_proj", "v_proj", "down_proj"] } },
  {
    name: "ours-rank-stabilised",
    config: { rank: 4, alpha: 3, dropout: 0, targets: ["k_proj"], rankStabilised: true },
  },
  {
    name: "ours-other-ranks",
    config: {
      ...{ rank: 2, alpha: 4, dropout: 0, targets: ["o_proj", "up_proj"] },
      ranks: new Map([["model.layers.0.self_attn.o_proj", 5]]),
      alphas: new Map([["model.layers.1.mlp.up_proj", 1.5]]),
    },
  },
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapters-"));
const largest = { logits: 0, loss: 0, merged: 0 };
let backend: Backend;

beforeAll(async () => {
  backend = await openBackend("wasm");
});
afterAll(() => {
  console.log(
    `largest differences: logits ${largest.logits.toExponential(1)}, loss ${largest.loss.toExponential(1)}, ` +
      `merged weights ${largest.merged.toExponential(1)}`,
  );
  fs.rmSync(folder, { recursive: true });
});

function python(task: "make" | "load", cases: object, target: string): void {
  fs.mkdirSync(target, { recursive: true });
  const input = path.join(target, "cases.json");
  fs.writeFileSync(input, JSON.stringify({ ids, ...cases }));
  const script = path.join(import.meta.dirname, "adapters.py");
  const { status, stdout, stderr } = spawnSync(
    process.env.MOS_PYTHON ?? "python3",
    [script, task, input, target],
    { encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
  console.log(stdout.trim());
}

const examples = ids.map((row, index) => ({
  ids: Int32Array.from(row),
  learned: Uint8Array.from(labels[index]!, (label) => (label === -100 ? 0 : 1)),
}));

async function logitsOf(model: CausalLm): Promise<Float32Array> {
  const { batch } = packExamples(examples);
  return model.logits(batch, Int32Array.from(batch.ids.keys()));
}

async function expectAlike(
  model: CausalLm,
  expected: Map<string, ExpectedTensor>,
  key: string,
): Promise<void> {
  const difference = largestDifference(await logitsOf(model), expected.get(key)!.values);
  largest.logits = Math.max(largest.logits, difference);
  expect(difference).toBeLessThan(LOGITS);
}

/** Saves the model with its adapter merged in, and compares every weight that PEFT has changed by merging. */
async function expectMergedAlike(model: CausalLm, expected: Map<string, ExpectedTensor>): Promise<void> {
  const target = fs.mkdtempSync(path.join(folder, "merged-"));
  await saveCheckpoint(model, target, "f32", { tokenizerFiles: [] });
  const merged = await loadCheckpoint(target, backend);
  await expectAlike(merged, expected, "merged_logits");
  const changed = [...expected].filter(([name]) => name.startsWith("merged."));
  expect(changed.length).toBe(model.adapters!.layers.length);
  for (const [name, { values }] of changed) {
    const difference = largestDifference(await merged.ownValues(name.slice("merged.".length)), values);
    largest.merged = Math.max(largest.merged, difference);
    expect(difference, name).toBeLessThan(MERGED);
  }
  merged.dispose();
}

describe.each(models)("adapters of PEFT beside %s", (base) => {
  const target = path.join(folder, "made", base);
  beforeAll(() => python("make", { base: baseOf(base), labels, adapters: made }, target));

  it.each(made)("$name", async ({ name }) => {
    const adapter = path.join(target, name);
    const expected = readExpected(path.join(adapter, "expected.safetensors"));
    const model = await loadWithAdapter(baseOf(base), adapter, backend);
    await expectAlike(model, expected, "logits");
    const { batch, targets } = packExamples(examples);
    const losses = (await model.score(batch, targets, { losses: true })).losses!;
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    const difference = Math.abs(loss - expected.get("loss")!.values[0]!);
    largest.loss = Math.max(largest.loss, difference);
    expect(difference).toBeLessThan(LOSS);
    await expectMergedAlike(model, expected);

    // Saved again, it is the same adapter.
    const again = path.join(adapter, "again");
    await saveAdapter(model.adapters!, again, base);
    const back = loadAdapter(model.decoder, again);
    for (const [key, matrix] of model.adapters!.parameters)
      expect(back.parameters.get(key)!.dataSync()).toEqual(matrix.dataSync());
    for (const layer of back.layers)
      expect(back.beside(`${layer}.weight`, null)!.scale).toBe(
        model.adapters!.beside(`${layer}.weight`, null)!.scale,
      );
    back.dispose();
    model.dispose();
  });
});

describe("PEFT loads our adapters", () => {
  const cases = models.flatMap((base) => ours.map((one) => ({ ...one, base })));
  const adapterOf = (base: string, name: string) => path.join(folder, "ours", base, name);
  const answers = path.join(folder, "answers");
  const loaded = new Map<string, CausalLm>();

  beforeAll(async () => {
    for (const { base, name, config } of cases) {
      const model = await loadCheckpoint(baseOf(base), backend, (decoder) => ({
        adapters: new LowRankAdapters(decoder, config, new Random(1)),
      }));
      const random = new Random(2);
      for (const [key, { size }] of model.adapters!.parameters)
        if (key.includes("lora_B"))
          model.adapters!.assign(
            key,
            Float32Array.from({ length: size }, () => 0.1 * random.normal()),
          );
      await saveAdapter(model.adapters!, adapterOf(base, name), baseOf(base));
      loaded.set(`${base} ${name}`, model);
    }
    const adapters = cases.map(({ base, name }) => ({ base: baseOf(base), folder: adapterOf(base, name) }));
    python("load", { adapters }, answers);
  });

  it.each(cases.map((one, number) => ({ ...one, number })))(
    "$name beside $base",
    async ({ base, name, number }) => {
      const model = loaded.get(`${base} ${name}`)!;
      const expected = readExpected(path.join(answers, `${number}.safetensors`));
      await expectAlike(model, expected, "logits");
      await expectMergedAlike(model, expected);
      model.dispose();
    },
  );
});
