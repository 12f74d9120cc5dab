/** llama3-tiny of Hugging Face transformers, on WebGPU: what test/unit/training-host/model/reference-models.test.ts does elsewhere. */
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CausalLm } from "../../../training-host/model/causal-lm";
import { loadCheckpoint } from "../../../training-host/model/checkpoint/load";
import type { Backend } from "../../../training-host/tensor/backend";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";
import { AdamW } from "../../../training-host/training/adamw";
import {
  largestDifference,
  largestMagnitude,
  packReference,
  readExpected,
  referenceFolder,
  rowsOf,
} from "../../unit/training-host/reference";

// The tolerances that the reference's README gives for a float32 host.
const STATES = 5e-5;
const LOSS = 1e-5;
const GRADIENT = 2e-5;

const mean = (values: Float32Array) => values.reduce((total, value) => total + value, 0) / values.length;

describe("llama3-tiny on webgpu", () => {
  let backend: Backend;
  let model: CausalLm;
  const load = () => loadCheckpoint(path.join(referenceFolder, "models/llama3-tiny"), backend);

  beforeAll(async () => {
    backend = await openWebGpu();
    model = await load();
  });
  afterAll(() => model.dispose());

  it.each(["full", "right", "left"])("gives the reference's numbers for case %s", async (name) => {
    const expected = readExpected(`expected/llama3-tiny/case_${name}.safetensors`);
    const { batch, targets, rows, losses } = packReference(expected);
    const states = await model.hiddenStates(batch);
    for (const [index, state] of states.entries())
      expect(largestDifference(state, rowsOf(expected.get(`hidden_states.${index}`)!, rows))).toBeLessThan(
        STATES,
      );
    const logits = await model.logits(batch, Int32Array.from(rows.keys()));
    expect(largestDifference(logits, rowsOf(expected.get("logits")!, rows))).toBeLessThan(STATES);

    const score = await model.score(batch, targets, { losses: true, pooled: true });
    const tokenLoss = expected.get("token_loss")!.values;
    expect(
      largestDifference(
        score.losses!,
        losses.map((index) => tokenLoss[index]!),
      ),
    ).toBeLessThan(LOSS);
    expect(Math.abs(mean(score.losses!) - expected.get("loss")!.values[0]!)).toBeLessThan(LOSS);
    const pooled = score.pooled!.flatMap((state) => [...state]);
    expect(largestDifference(pooled, expected.get("mean_pooled")!.values)).toBeLessThan(STATES);
  });

  it("gives the reference's gradient for every parameter", async () => {
    const { batch, targets } = packReference(readExpected("expected/llama3-tiny/case_right.safetensors"));
    const expected = readExpected("expected/llama3-tiny/grads_right.safetensors");
    await model.accumulate(batch, targets, targets.rows.length);
    expect([...model.gradients.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, gradient] of model.gradients) {
      const reference = expected.get(name)!.values;
      const difference = largestDifference(await gradient.data(), reference) / largestMagnitude(reference);
      expect(difference, name).toBeLessThan(GRADIENT);
    }
    model.clearGradients();
  });

  it("arrives at the reference's parameters after three AdamW steps", async () => {
    const trained = await load();
    const optimizer = new AdamW(trained, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
    const batches = readExpected("expected/llama3-tiny/train_batches.safetensors");
    const tensors: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { batch, targets } = packReference(batches, `step${step}.`);
      const losses = await trained.accumulate(batch, targets, targets.rows.length);
      expect(Math.abs(mean(losses) - batches.get("losses")!.values[step]!)).toBeLessThan(LOSS);
      const { gradientNorm } = await optimizer.step(1e-3, 1);
      expect(gradientNorm / batches.get("grad_norms_before_clip")!.values[step]!).toBeCloseTo(1, 4);
      tensors.push(backend.memory().tensors);
    }
    expect(new Set(tensors).size).toBe(1);

    const expected = readExpected("expected/llama3-tiny/params_after.safetensors");
    let total = 0;
    let count = 0;
    for (const [name, parameter] of trained.parameters) {
      const [actual, reference] = [await parameter.data(), expected.get(name)!.values];
      for (let i = 0; i < actual.length; i++) total += Math.abs(actual[i]! - reference[i]!);
      count += actual.length;
      if (parameter.rank === 1) expect(largestDifference(actual, reference), name).toBeLessThan(2e-6);
    }
    expect(total / count).toBeLessThan(3e-7);
    optimizer.dispose();
    trained.dispose();
  });
});
