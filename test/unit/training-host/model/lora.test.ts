/** LoRA against PEFT's numbers (test/fixtures/reference/lora), and what a frozen model must not do. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LoraConfig } from "../../../../contracts/plan";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { restoreAdapter, saveAdapter } from "../../../../training-host/model/checkpoint/adapter";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import { saveCheckpoint } from "../../../../training-host/model/checkpoint/save";
import { LowRankAdapters } from "../../../../training-host/model/low-rank-adapters";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { AdamW } from "../../../../training-host/training/adamw";
import { hashParameters } from "../../../../training-host/training/initial-perplexity";
import {
  largestDifference,
  largestMagnitude,
  packReference,
  readExpected,
  referenceFolder,
  rowsOf,
} from "../reference";

import { held, type Measurement } from "./reference-measurements";
import { ReferenceTable } from "./reference-table";

// The tolerances that the reference's README gives for a float32 host.
const STATES = 5e-5;
const LOSS = 1e-5;
const GRADIENT = 2e-5;

const peft: LoraConfig = { rank: 4, alpha: 8, dropout: 0, targets: ["q_proj", "v_proj"], from: null };
const base = path.join(referenceFolder, "models/llama3-tiny");
const forward = readExpected("lora/forward.safetensors");

/** Rows of the reference's padded [B, T, width] where its mask is 1, as our packed batch has them. */
const pick = (tensors: ReturnType<typeof readExpected>, name: string) =>
  rowsOf(tensors.get(name)!, packReference(forward).rows);

const logitsOf = (model: CausalLm) => {
  const { batch, rows } = packReference(forward);
  return model.logits(batch, Int32Array.from(rows.keys()));
};

const mean = (values: Float32Array) => values.reduce((total, value) => total + value, 0) / values.length;

describe.each(["cpu", "wasm"] as const)("LoRA on %s", (backendName) => {
  let backend: Backend;
  let model: CausalLm;
  const table = new ReferenceTable();
  const hold = (measurements: Measurement[]) => table.hold("llama3-tiny with LoRA", measurements);
  const folders: string[] = [];
  const models: CausalLm[] = [];

  const load = async (config: LoraConfig, activations: "keep" | "recompute" = "keep", seed = 5) => {
    const loaded = await loadCheckpoint(base, backend, (decoder) => ({
      adapters: new LowRankAdapters(decoder, config, new Random(seed)),
      activations,
    }));
    models.push(loaded);
    return loaded;
  };
  const loadReference = async (activations: "keep" | "recompute" = "keep") => {
    const loaded = await load(peft, activations);
    restoreAdapter(loaded.adapters!, path.join(referenceFolder, "lora/adapter"));
    return loaded;
  };
  const temporaryFolder = () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lora-"));
    folders.push(folder);
    return folder;
  };

  beforeAll(async () => {
    backend = await openBackend(backendName);
    model = await loadReference();
  });
  afterEach(() => {
    for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
  });
  afterAll(() => {
    table.print(backendName);
    for (const loaded of models) loaded.dispose();
  });

  it("gives PEFT's logits and loss, and the base model's before anything is learned", async () => {
    const { batch, targets } = packReference(forward);
    const states = (await model.hiddenStates(batch)).at(-1)!;
    const { losses } = await model.score(batch, targets, { losses: true });
    hold([
      held("logits", STATES, await logitsOf(model), pick(forward, "logits")),
      held("hidden states", STATES, states, pick(forward, "last_hidden_state")),
      held("loss", LOSS, [mean(losses!)], forward.get("loss")!.values),
    ]);

    const fresh = await load({ ...peft, dropout: 0.5 });
    const untouched = (await fresh.score(batch, targets, { losses: true })).losses!;
    hold([
      held("logits without", STATES, await logitsOf(fresh), pick(forward, "base_logits")),
      held("loss without", LOSS, [mean(untouched)], forward.get("base_loss")!.values),
    ]);
  });

  it.each(["keep", "recompute"] as const)(
    "gives PEFT's gradients, and no others (%s)",
    async (activations) => {
      const learner = await loadReference(activations);
      const { batch, targets } = packReference(forward);
      await learner.accumulate(batch, targets, targets.rows.length);
      const expected = [...forward.keys()]
        .filter((name) => name.startsWith("grad."))
        .map((name) => name.slice(5));
      expect([...learner.gradients.keys()].sort()).toEqual(expected.sort());
      for (const [name, gradient] of learner.gradients) {
        const reference = forward.get(`grad.${name}`)!.values;
        const difference = largestDifference(gradient.dataSync(), reference) / largestMagnitude(reference);
        hold([{ quantity: "gradients / largest entry", difference, tolerance: GRADIENT }]);
      }
    },
  );

  it("arrives at PEFT's adapter after three AdamW steps, and leaves the model as it was", async () => {
    const learner = await loadReference();
    const optimizer = new AdamW(learner, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
    // Two moments per entry of the adapter, the number of steps, and nothing for the rest.
    const moments = optimizer.state().reduce((count, { shape }) => count + shape[0]!, 0);
    const entries = [...learner.trained.values()].reduce((count, { size }) => count + size, 0);
    expect(moments).toBe(2 * entries + 1);

    const batches = readExpected("lora/train_batches.safetensors");
    for (let step = 0; step < 3; step++) {
      const { batch, targets } = packReference(batches, `step${step}.`);
      const losses = await learner.accumulate(batch, targets, targets.rows.length);
      hold([held("loss, 3 steps", LOSS, [mean(losses)], [batches.get("losses")!.values[step]!])]);
      const { gradientNorm } = await optimizer.step(1e-3, 1);
      expect(gradientNorm / batches.get("grad_norms_before_clip")!.values[step]!).toBeCloseTo(1, 4);
    }
    optimizer.dispose();

    const expected = readExpected("lora/adapter_after.safetensors");
    for (const [name, parameter] of learner.trained)
      hold([held("adapter after 3 steps", 2e-6, parameter.dataSync(), expected.get(name)!.values)]);
    const { batch, targets } = packReference(forward);
    const { losses } = await learner.score(batch, targets, { losses: true });
    const after = readExpected("lora/forward_after.safetensors");
    hold([
      held("logits after", STATES, await logitsOf(learner), pick(after, "logits")),
      held("loss after", LOSS, [mean(losses!)], after.get("loss")!.values),
    ]);
    for (const [name, parameter] of learner.parameters)
      expect(parameter.dataSync(), name).toEqual(model.parameters.get(name)!.dataSync());
  });

  it("merges to PEFT's weights", async () => {
    const folder = temporaryFolder();
    await saveCheckpoint(model, folder, "f32", { tokenizerFiles: [] });
    const merged = await loadCheckpoint(folder, backend);
    models.push(merged);
    for (const [name, { values }] of readExpected("lora/merged_targets.safetensors"))
      hold([held("merged weights", 1e-6, merged.parameters.get(name)!.dataSync(), values)]);
    hold([held("logits, merged", STATES, await logitsOf(merged), pick(forward, "logits"))]);
    const { batch, targets } = packReference(forward);
    const { losses } = await merged.score(batch, targets, { losses: true });
    expect(Math.abs(mean(losses!) - forward.get("loss")!.values[0]!)).toBeLessThan(LOSS);
  });

  it("saves what PEFT saves", async () => {
    const folder = temporaryFolder();
    await saveAdapter(model.adapters!, folder, "llama3-tiny");
    const stored = path.join(referenceFolder, "lora/adapter");
    const read = (from: string) => fs.readFileSync(path.join(from, "adapter_model.safetensors"));
    expect(read(folder).equals(read(stored))).toBe(true);
    const config = (from: string) =>
      JSON.parse(fs.readFileSync(path.join(from, "adapter_config.json"), "utf8"));
    const [ours, theirs] = [config(folder), config(stored)];
    for (const key of Object.keys(ours).filter((key) => key !== "target_modules"))
      expect(ours[key], key).toEqual(theirs[key]);
    expect(ours.target_modules.sort()).toEqual(theirs.target_modules.sort());

    const other = await load({ ...peft, rank: 3 });
    expect(() => restoreAdapter(other.adapters!, folder)).toThrow(
      /of shape \[4, 64\], expected shape \[3, 64\]/,
    );
  });

  it("starts as PEFT does: A uniform in 1/sqrt(in), B zero", async () => {
    const { trained } = await load({ ...peft, rank: 64, targets: ["down_proj"] });
    expect(trained.size).toBe(4);
    for (const [name, matrix] of trained) {
      const values = matrix.dataSync<"float32">();
      if (name.includes("lora_B")) expect(values.every((value) => value === 0)).toBe(true);
      else {
        const bound = 1 / Math.sqrt(112);
        expect(largestMagnitude(values)).toBeLessThanOrEqual(bound);
        const variance = mean(values.map((value) => value * value));
        expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
      }
    }
    await expect(load({ ...peft, targets: ["q_proj", "none" as "q_proj"] })).rejects.toMatchObject({
      reason: "bad-model",
      message: 'The model has no linear layer "none" that an adapter could stand beside.',
    });
  });

  it("keeps frozen weights as bfloat16 where the checkpoint has them so: the same numbers in half the memory", async () => {
    const folder = path.join(referenceFolder, "models/llama3-tiny-bf16");
    const { batch, targets } = packReference(forward);
    const run = async (options: { keepBfloat16?: boolean }) => {
      const learner = await loadCheckpoint(folder, backend, (decoder) => ({
        adapters: new LowRankAdapters(decoder, { ...peft, targets: ["q_proj", "down_proj"] }, new Random(3)),
        ...options,
      }));
      models.push(learner);
      for (const matrix of learner.trained.values())
        tf.tidy(() => matrix.assign(tf.randomNormal(matrix.shape, 0, 0.1, "float32", 4)));
      const losses = await learner.accumulate(batch, targets, targets.rows.length);
      const gradients = [...learner.gradients.values()].map((gradient) => gradient.dataSync());
      const values = await Promise.all([...learner.parameters.keys()].map((name) => learner.values(name)));
      const halved = [...learner.parameters]
        .filter(([, { dtype }]) => dtype === "int32")
        .map(([name]) => name);
      return { halved, numbers: { losses, gradients, values, hash: await hashParameters(learner) } };
    };
    const [halves, floats] = [await run({}), await run({ keepBfloat16: false })];
    expect(halves.numbers).toEqual(floats.numbers);
    expect(floats.halved).toEqual([]);
    // Seven linear layers in each of two layers; not the embedding, the head and the norms.
    expect(halves.halved).toHaveLength(backend.operations.bfloat16Weights ? 14 : 0);
    expect(halves.halved.every((name) => name.endsWith("_proj.weight"))).toBe(true);
    // A model that is trained whole is never kept so.
    const whole = await loadCheckpoint(folder, backend);
    models.push(whole);
    expect([...whole.parameters.values()].every(({ dtype }) => dtype === "float32")).toBe(true);
  });

  it("drops the same entries for the same seed, and its gradient follows the loss", async () => {
    const { batch, targets } = packReference(forward);
    const gradientsOf = async (activations: "keep" | "recompute", seed: number | null) => {
      const learner = await load({ ...peft, dropout: 0.4 }, activations);
      // Beside B = 0 the gradient of A is 0.
      restoreAdapter(learner.adapters!, path.join(referenceFolder, "lora/adapter"));
      const losses = await learner.accumulate(batch, targets, targets.rows.length, seed);
      return {
        learner,
        losses,
        gradients: [...learner.gradients.values()].map((gradient) => gradient.dataSync()),
      };
    };
    const first = await gradientsOf("keep", 77);
    const again = await gradientsOf("recompute", 77);
    expect(again.losses).toEqual(first.losses);
    expect(again.gradients).toEqual(first.gradients);
    expect((await gradientsOf("keep", 78)).losses).not.toEqual(first.losses);

    const { learner } = first;
    let predicted = 0;
    const rate = 1e-4;
    for (const [name, gradient] of learner.gradients) {
      const slope = gradient.dataSync<"float32">();
      predicted -= rate * slope.reduce((sum, value) => sum + value * value, 0);
      const matrix = learner.trained.get(name)!;
      tf.tidy(() => matrix.assign(tf.sub(matrix, tf.mul(gradient, rate))));
    }
    learner.clearGradients();
    const moved = await learner.accumulate(batch, targets, targets.rows.length, 77);
    expect((mean(moved) - mean(first.losses)) / predicted).toBeCloseTo(1, 1);
  });
});
