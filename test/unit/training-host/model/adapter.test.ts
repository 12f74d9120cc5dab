/** Adapters in PEFT's format: what is taken, what is refused and by which word, and going on from one. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoraConfig } from "../../../../contracts/plan";
import { UserError } from "../../../../contracts/user-error";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import {
  loadAdapter,
  openPlannedAdapters,
  saveAdapter,
} from "../../../../training-host/model/checkpoint/adapter";
import { loadCheckpoint, loadWithAdapter } from "../../../../training-host/model/checkpoint/load";
import { SafetensorsFile, writeSafetensors } from "../../../../training-host/model/checkpoint/safetensors";
import { LowRankAdapters } from "../../../../training-host/model/low-rank-adapters";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { hashStart } from "../../../../training-host/training/initial-perplexity";
import { packReference, readExpected, referenceFolder } from "../reference";

const base = path.join(referenceFolder, "models/llama3-tiny");
const stored = path.join(referenceFolder, "lora/adapter");
const planned: LoraConfig = {
  rank: 4,
  alpha: 8,
  dropout: 0.1,
  targets: ["q_proj", "v_proj"],
  from: "adapter",
};

let backend: Backend;
let model: CausalLm;
let folder: string;
beforeAll(async () => {
  backend = await openBackend("wasm");
  model = await loadCheckpoint(base, backend);
});
afterAll(() => model.dispose());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "adapter-"));
  fs.cpSync(stored, folder, { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const configFile = () => path.join(folder, "adapter_config.json");
const weightsFile = () => path.join(folder, "adapter_model.safetensors");

function changeConfig(changes: Record<string, unknown>): void {
  const config = JSON.parse(fs.readFileSync(configFile(), "utf8"));
  fs.writeFileSync(configFile(), JSON.stringify({ ...config, ...changes }));
}

/** Writes the adapter's tensors again: others, or under other names. */
async function changeTensors(
  change: (
    name: string,
    values: Float32Array,
    shape: readonly number[],
  ) => [string, Float32Array, readonly number[]][],
): Promise<void> {
  const file = SafetensorsFile.open(path.join(stored, "adapter_model.safetensors"));
  const tensors = [...file.tensors]
    .flatMap(([name, { shape }]) => change(name, file.read(name), shape))
    .map(([name, values, shape]) => ({ name, shape, values: () => values }));
  await writeSafetensors(weightsFile(), tensors, "F32");
}

function expectRefused(message: RegExp | string, open = () => loadAdapter(model.decoder, folder)): void {
  const tensors = tf.memory().numTensors;
  expect(open).toThrowError(message);
  expect(open).toThrowError(expect.objectContaining({ name: "UserError" }));
  expect(tf.memory().numTensors).toBe(tensors);
}

describe("the reference's adapter", () => {
  it("gives its logits through loadWithAdapter, and the model's own without", async () => {
    const forward = readExpected("lora/forward.safetensors");
    const { batch, targets } = packReference(forward);
    for (const [adapter, key] of [
      [folder, "loss"],
      [null, "base_loss"],
    ] as const) {
      const used = await loadWithAdapter(base, adapter, backend);
      const losses = (await used.score(batch, targets, { losses: true })).losses!;
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
      expect(Math.abs(loss - forward.get(key)!.values[0]!)).toBeLessThan(1e-5);
      used.dispose();
    }
  });

  it("is the same with the names that PEFT has in memory", async () => {
    await changeTensors((name, values, shape) => [
      [name.replace(/\.weight$/, ".default.weight"), values, shape],
    ]);
    const [renamed, original] = [loadAdapter(model.decoder, folder), loadAdapter(model.decoder, stored)];
    for (const [name, matrix] of original.parameters)
      expect(renamed.parameters.get(name)!.dataSync()).toEqual(matrix.dataSync());
    renamed.dispose();
    original.dispose();
  });

  it("may be stored as bfloat16, and have keys that say nothing here", async () => {
    const file = SafetensorsFile.open(path.join(stored, "adapter_model.safetensors"));
    const tensors = [...file.tensors].map(([name, { shape }]) => ({
      name,
      shape,
      values: () => file.read(name),
    }));
    await writeSafetensors(weightsFile(), tensors, "BF16");
    changeConfig({
      exclude_modules: null,
      peft_version: "0.99.0",
      kasa_config: null,
      init_lora_weights: "gaussian",
    });
    const adapters = loadAdapter(model.decoder, folder);
    expect(adapters.layers).toHaveLength(4);
    adapters.dispose();
  });
});

describe("an adapter that is refused", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["another method", { peft_type: "IA3" }, /peft_type is "IA3"/],
    ["DoRA", { use_dora: true }, /use_dora is true, which is not supported/],
    ["trained biases", { bias: "all" }, /bias is "all"/],
    ["biases of its own", { lora_bias: true }, /lora_bias is true/],
    ["whole modules", { modules_to_save: ["lm_head"] }, /modules_to_save is \["lm_head"\]/],
    ["transposed weights", { fan_in_fan_out: true }, /fan_in_fan_out is true/],
    ["another task", { task_type: "SEQ_CLS" }, /task_type is "SEQ_CLS"/],
    ["a start that moves the base", { init_lora_weights: "pissa" }, /init_lora_weights is "pissa"/],
    ["a key of the future", { use_next_lora: 3 }, /use_next_lora is 3/],
    [
      "regular expressions for ranks",
      { rank_pattern: { "layers\\.[01]\\..*": 2 } },
      /rank_pattern has the regular expression/,
    ],
    ["no rank", { r: undefined }, /"r" is missing/],
    ["a rank of 0", { r: 0 }, /"r" must be an integer above 0/],
    ["a dropout of 1", { lora_dropout: 1 }, /"lora_dropout" must be a number from 0 to below 1/],
    [
      "another rank than stored",
      { r: 3 },
      /q_proj\.lora_A\.weight" of shape \[4, 64\], expected shape \[3, 64\]/,
    ],
  ])("has %s", (_, changes, message) => {
    changeConfig(changes);
    expectRefused(message);
  });

  it("has a matrix without the other", async () => {
    await changeTensors((name, ...rest) =>
      name.includes("layers.1.self_attn.v_proj.lora_B") ? [] : [[name, ...rest]],
    );
    expectRefused(/no tensor ".*layers\.1\.self_attn\.v_proj\.lora_B\.weight", expected shape \[32, 4\]/);
  });

  it("belongs to another model", async () => {
    await changeTensors((name, ...rest) => [[name.replace("layers.1", "layers.7"), ...rest]]);
    expectRefused(/layers\.7\..*" *, which stands beside no linear layer of the model;/);
  });

  it("has one matrix twice", async () => {
    await changeTensors((name, ...rest) => [
      [name, ...rest],
      [name.replace(/\.weight$/, ".default.weight"), ...rest],
    ]);
    expectRefused(/which are the same matrix/);
  });

  it("has a number that is none", async () => {
    await changeTensors((name, values, shape) => {
      if (name.includes("layers.1.self_attn.q_proj.lora_A")) values[67] = Number.NaN;
      return [[name, values, shape]];
    });
    expectRefused(
      /layers\.1\.self_attn\.q_proj\.lora_A\.weight" of .* is infinite or not a number at \[1, 3\]/,
    );
  });

  it("is not there", () => {
    fs.rmSync(configFile());
    expectRefused(`There is no file ${configFile()}.`);
  });

  it("has its weights in another format", () => {
    fs.renameSync(weightsFile(), path.join(folder, "adapter_model.bin"));
    expectRefused(/has its weights in adapter_model\.bin only/);
  });

  it("has anything in its config: 300 mutations", () => {
    const config = JSON.parse(fs.readFileSync(configFile(), "utf8")) as Record<string, unknown>;
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(0, 4, 8, true, "LORA", { q_proj: 4 }),
    );
    const tensors = tf.memory().numTensors;
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(config)), value, (key, changed) => {
        fs.writeFileSync(configFile(), JSON.stringify({ ...config, [key]: changed }));
        try {
          loadAdapter(model.decoder, folder).dispose();
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refused++;
        }
        expect(tf.memory().numTensors).toBe(tensors);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(30);
  });
});

describe("training that goes on from an adapter", () => {
  const open = (changes: Partial<LoraConfig>) =>
    openPlannedAdapters(model.decoder, { ...planned, ...changes }, new Random(1), folder);

  it("begins with its matrices", async () => {
    const [begun, expected] = [open({}), loadAdapter(model.decoder, stored)];
    for (const [name, matrix] of expected.parameters)
      expect(begun.parameters.get(name)!.dataSync()).toEqual(matrix.dataSync());
    expect(begun.config.dropout).toBe(0.1);
    begun.dispose();
    expected.dispose();
  });

  it.each<[Partial<LoraConfig>, RegExp]>([
    [{ rank: 8 }, /has rank 4, but the model's lora has 8\.$/],
    [{ alpha: 16 }, /has alpha 8, but the model's lora has 16\.$/],
    [{ targets: ["q_proj"] }, /has targets q_proj, v_proj, but the model's lora has q_proj\.$/],
  ])("must be what the plan says: %j", (changes, message) => {
    expectRefused(message, () => open(changes));
  });

  it("counts a rank-stabilised scale as the alpha that gives it", () => {
    changeConfig({ use_rslora: true });
    expectRefused(/has alpha 16, but the model's lora has 8/, () => open({}));
    const begun = open({ alpha: 16 });
    expect(begun.beside("model.layers.0.self_attn.q_proj.weight", null)!.scale).toBe(4);
    begun.dispose();
  });

  it("needs one beside all layers", async () => {
    await changeTensors((name, ...rest) => (name.includes("layers.1") ? [] : [[name, ...rest]]));
    expectRefused(
      /stands beside some layers only: it has nothing for model\.layers\.1\.self_attn\.q_proj/,
      () => open({}),
    );
  });

  it("is another model at its start than one with fresh adapters", async () => {
    const with_ = async (adapters: LowRankAdapters | null) => {
      const loaded = await loadCheckpoint(base, backend, () => ({ adapters }));
      const hash = await hashStart(loaded);
      loaded.dispose();
      return hash;
    };
    const plain = await with_(null);
    expect(await with_(new LowRankAdapters(model.decoder, planned, new Random(3)))).toBe(plain);
    expect(await with_(open({}))).not.toBe(plain);
  });
});

it("can be saved again with other ranks and alphas by layer", async () => {
  const layer = "model.layers.0.self_attn.q_proj";
  const config = {
    ...{ rank: 2, alpha: 6, dropout: 0, targets: ["q_proj", "v_proj"], rankStabilised: true },
    ...{ ranks: new Map([[layer, 3]]), alphas: new Map([[layer, 5]]) },
  };
  const adapters = new LowRankAdapters(model.decoder, config, new Random(1));
  await saveAdapter(adapters, folder, null);
  const back = loadAdapter(model.decoder, folder);
  expect(back.beside(`${layer}.weight`, null)!.scale).toBeCloseTo(5 / Math.sqrt(3), 12);
  expect(back.beside("model.layers.1.self_attn.q_proj.weight", null)!.scale).toBeCloseTo(
    6 / Math.sqrt(2),
    12,
  );
  for (const [name, matrix] of adapters.parameters)
    expect(back.parameters.get(name)!.dataSync()).toEqual(matrix.dataSync());
  back.dispose();
  adapters.dispose();
});
