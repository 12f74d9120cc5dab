/** What a run leaves behind: model and adapter folders, whole and with nothing of an earlier export. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Config, Plan } from "../../../../contracts/plan";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { loadCheckpoint, loadWithAdapter } from "../../../../training-host/model/checkpoint/load";
import { saveCheckpoint } from "../../../../training-host/model/checkpoint/save";
import { LowRankAdapters } from "../../../../training-host/model/low-rank-adapters";
import { Random } from "../../../../training-host/random";
import { openBackend } from "../../../../training-host/tensor/backends";
import { exportModel } from "../../../../training-host/training/model-export";
import { tinyPlan } from "../../../host/tiny-experiment";
import { referenceFolder } from "../reference";

const base = path.join(referenceFolder, "models/qwen2-tiny");
const lora: NonNullable<Config["model"]["lora"]> = {
  ...{ rank: 2, alpha: 4, dropout: 0, targets: ["q_proj"], from: null },
};
const origin = {
  modelFolder: base,
  tokenizer: { files: [path.join(base, "tokenizer.json")], template: "a template" },
};

let model: CausalLm;
let folder: string;
beforeAll(async () => {
  model = await loadCheckpoint(base, await openBackend("wasm"), (decoder) => ({
    adapters: new LowRankAdapters(decoder, lora, new Random(1)),
  }));
  for (const [name, { size }] of model.adapters!.parameters)
    model.adapters!.assign(name, new Float32Array(size).fill(0.1));
});
afterAll(() => model.dispose());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "export-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function planOf(exported: Config["export"], changes: Partial<Config["model"]> = {}): Plan {
  const own = { path: base, scratch: null, lora, ...changes };
  return tinyPlan(folder, {
    config: { model: { ...tinyPlan(folder).config.model, ...own }, export: exported },
  });
}

/** As it is written in a plan, which is filled in when the run is known. */
const placeholder = (key: string) => ["$", `{${key}}`].join("");

it("exports both, under names that the run fills in", async () => {
  const plan = planOf({
    safetensors: { path: `models/${placeholder("run.id")}`, dtype: "bf16" },
    adapter: { path: `${placeholder("experiment")}-adapter` },
  });
  const folders = await exportModel(plan, "run-1", model, origin);
  expect(folders).toEqual([path.join(folder, "models/run-1"), path.join(folder, "tiny-adapter")]);
  expect(fs.readdirSync(folders[0]!).sort()).toEqual([
    ...[
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ],
  ]);
  expect(fs.readdirSync(folders[1]!).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  const config = JSON.parse(fs.readFileSync(path.join(folders[1]!, "adapter_config.json"), "utf8"));
  expect(config).toMatchObject({
    base_model_name_or_path: base,
    r: 2,
    lora_alpha: 4,
    target_modules: ["q_proj"],
  });

  const weight = "model.layers.0.self_attn.q_proj.weight";
  const beside = await loadWithAdapter(base, folders[1]!, model.backend);
  expect(await beside.values(weight)).toEqual(await model.values(weight));
  beside.dispose();
  const merged = await loadCheckpoint(folders[0]!, model.backend);
  const [found, expected] = [await merged.values(weight), await model.values(weight)];
  expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(2e-3);
  expect(await merged.values(weight)).not.toEqual(await model.ownValues(weight));
  merged.dispose();
});

it("names the Hub's model as the adapter's base", async () => {
  const hub = { repository: "org/model", revision: "main" };
  const plan = planOf({ adapter: { path: "adapter" } }, { path: null, hub });
  const [exported] = await exportModel(plan, "run-1", model, origin);
  const config = JSON.parse(fs.readFileSync(path.join(exported!, "adapter_config.json"), "utf8"));
  expect(config.base_model_name_or_path).toBe("org/model");
});

it.each([
  [{ kind: "own" } as const, null],
  [{ kind: "none" } as const, null],
  [{ kind: "vicuna" } as const, "a template"],
])("takes along the chat template that was learned: %j", async (template, written) => {
  const plan = planOf({ safetensors: { path: "model", dtype: "f32" } }, { template });
  const tokenizer = {
    ...origin.tokenizer,
    template: template.kind === "none" ? null : origin.tokenizer.template,
  };
  const [exported] = await exportModel(plan, "run-1", model, { ...origin, tokenizer });
  const file = path.join(exported!, "chat_template.jinja");
  expect(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null).toBe(written);
});

it("leaves nothing of an earlier export that would be taken for this one's, and everything else", async () => {
  const target = path.join(folder, "model");
  await saveCheckpoint(model, target, "f32", { tokenizerFiles: [], largestFile: 20_000 });
  fs.writeFileSync(path.join(target, "README.md"), "mine");
  fs.writeFileSync(path.join(target, "chat_template.jinja"), "another");
  expect(fs.readdirSync(target).length).toBeGreaterThan(5);
  await exportModel(planOf({ safetensors: { path: "model", dtype: "f32" } }), "run-1", model, origin);
  expect(fs.readdirSync(target).filter((name) => name.includes("model"))).toEqual(["model.safetensors"]);
  expect(fs.existsSync(path.join(target, "chat_template.jinja"))).toBe(false);
  expect(fs.readFileSync(path.join(target, "README.md"), "utf8")).toBe("mine");
});

it("refuses to export an adapter that there is none of", async () => {
  const plan = planOf({ adapter: { path: "adapter" } }, { lora: null });
  await expect(exportModel(plan, "run-1", model, origin)).rejects.toMatchObject({
    reason: "bad-plan",
    message: 'The experiment "tiny" exports an adapter, but its model "tiny" has no lora.',
  });
  expect(fs.readdirSync(folder)).toEqual([]);
});
