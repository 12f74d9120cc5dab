import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { AdamW } from "../../../../training-host/training/adamw";
import {
  type ExpectedTensor,
  largestDifference,
  largestMagnitude,
  packReference,
  readExpected,
  referenceFolder,
  rowsOf,
} from "../reference";
import { testBackends } from "../test-backends";

// The tolerances that the reference's README gives for a float32 host.
const STATES = 5e-5;
const LOSS = 1e-5;
const GRADIENT = 2e-5;

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

function pick(tensor: ExpectedTensor, indices: readonly number[]): number[] {
  return indices.map((index) => tensor.values[index]!);
}

describe.each(testBackends(["cpu", "wasm"]))("llama3-tiny on %s", (backendName) => {
  let backend: Backend;
  let model: CausalLm;
  const load = (name: string) => loadCheckpoint(path.join(referenceFolder, "models", name), backend);

  beforeAll(async () => {
    backend = await openBackend(backendName);
    expect(backend.name).toBe(backendName);
    model = await load("llama3-tiny");
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
    expect(states).toHaveLength(3);
    const logits = await model.logits(batch, Int32Array.from(rows.keys()));
    expect(largestDifference(logits, rowsOf(expected.get("logits")!, rows))).toBeLessThan(STATES);

    const score = await model.score(batch, targets, { losses: true, pooled: true });
    expect(largestDifference(score.losses!, pick(expected.get("token_loss")!, losses))).toBeLessThan(LOSS);
    expect(
      Math.abs(sum(score.losses!) / targets.rows.length - expected.get("loss")!.values[0]!),
    ).toBeLessThan(LOSS);
    expect(
      largestDifference(
        score.pooled!.flatMap((mean) => [...mean]),
        expected.get("mean_pooled")!.values,
      ),
    ).toBeLessThan(STATES);
  });

  it("gives the reference's numbers for a sequence of 96 tokens", async () => {
    const expected = readExpected("expected/llama3-tiny/case_long.safetensors");
    const { batch, targets } = packReference(expected, "", true);
    const last = Int32Array.from({ length: 8 }, (_, i) => 96 - 8 + i);
    expect(
      largestDifference(await model.logits(batch, last), expected.get("logits_last8")!.values),
    ).toBeLessThan(STATES);
    const { pooled } = await model.score(batch, targets, { pooled: true });
    expect(largestDifference(pooled![0]!, expected.get("mean_pooled")!.values)).toBeLessThan(STATES);
  });

  it("gives the reference's gradient for every parameter", async () => {
    const { batch, targets } = packReference(readExpected("expected/llama3-tiny/case_right.safetensors"));
    const expected = readExpected("expected/llama3-tiny/grads_right.safetensors");
    await model.accumulate(batch, targets, targets.rows.length);
    expect([...model.gradients.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, gradient] of model.gradients) {
      const reference = expected.get(name)!.values;
      const difference = largestDifference(gradient.dataSync(), reference) / largestMagnitude(reference);
      expect(difference, name).toBeLessThan(GRADIENT);
    }
    model.clearGradients();
  });

  it("accumulates the same gradient from two micro-batches", async () => {
    const whole = packReference(readExpected("expected/llama3-tiny/case_full.safetensors"));
    await model.accumulate(whole.batch, whole.targets, whole.targets.rows.length);
    const expected = new Map([...model.gradients].map(([name, gradient]) => [name, gradient.dataSync()]));
    model.clearGradients();

    const cut = whole.batch.starts[1]!;
    const half = whole.targets.sequences.indexOf(1);
    const { ids, positions } = whole.batch;
    const { rows, labels, sequences } = whole.targets;
    await model.accumulate(
      { ids: ids.slice(0, cut), positions: positions.slice(0, cut), starts: Int32Array.of(0, cut) },
      { rows: rows.slice(0, half), labels: labels.slice(0, half), sequences: sequences.slice(0, half) },
      rows.length,
    );
    await model.accumulate(
      { ids: ids.slice(cut), positions: positions.slice(cut), starts: Int32Array.of(0, ids.length - cut) },
      {
        rows: rows.slice(half).map((row) => row - cut),
        labels: labels.slice(half),
        sequences: sequences.slice(half).fill(0),
      },
      rows.length,
    );
    for (const [name, gradient] of model.gradients) {
      const difference = largestDifference(gradient.dataSync(), expected.get(name)!);
      expect(difference / largestMagnitude(expected.get(name)!), name).toBeLessThan(GRADIENT);
    }
    model.clearGradients();
  });

  it("arrives at the reference's parameters after three AdamW steps", async () => {
    const trained = await load("llama3-tiny");
    const optimizer = new AdamW(trained, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
    const batches = readExpected("expected/llama3-tiny/train_batches.safetensors");
    const tensors: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { batch, targets } = packReference(batches, `step${step}.`);
      const losses = await trained.accumulate(batch, targets, targets.rows.length);
      expect(Math.abs(sum(losses) / losses.length - batches.get("losses")!.values[step]!)).toBeLessThan(LOSS);
      const { gradientNorm } = await optimizer.step(1e-3, 1);
      expect(gradientNorm / batches.get("grad_norms_before_clip")!.values[step]!).toBeCloseTo(1, 4);
      tensors.push(backend.memory().tensors);
    }
    expect(new Set(tensors).size).toBe(1);

    const expected = readExpected("expected/llama3-tiny/params_after.safetensors");
    let total = 0;
    let count = 0;
    for (const [name, parameter] of trained.parameters) {
      const [actual, reference] = [parameter.dataSync(), expected.get(name)!.values];
      for (let i = 0; i < actual.length; i++) total += Math.abs(actual[i]! - reference[i]!);
      count += actual.length;
      if (parameter.rank === 1) expect(largestDifference(actual, reference), name).toBeLessThan(2e-6);
    }
    expect(total / count).toBeLessThan(3e-7);

    const after = readExpected("expected/llama3-tiny/case_right_after.safetensors");
    const { batch, targets, losses } = packReference(
      readExpected("expected/llama3-tiny/case_right.safetensors"),
    );
    const score = await trained.score(batch, targets, { losses: true });
    expect(largestDifference(score.losses!, pick(after.get("token_loss")!, losses))).toBeLessThan(5e-5);
    optimizer.dispose();
    trained.dispose();
  });

  it.each(["full", "right"])("reads the sharded BF16 checkpoint (case %s)", async (name) => {
    const bf16 = await load("llama3-tiny-bf16");
    const expected = readExpected(`expected/llama3-tiny-bf16/case_${name}.safetensors`);
    const { batch, targets, rows, losses } = packReference(expected);
    const logits = await bf16.logits(batch, Int32Array.from(rows.keys()));
    expect(largestDifference(logits, rowsOf(expected.get("logits")!, rows))).toBeLessThan(STATES);
    const score = await bf16.score(batch, targets, { losses: true });
    expect(largestDifference(score.losses!, pick(expected.get("token_loss")!, losses))).toBeLessThan(LOSS);
    bf16.dispose();
  });

  it("follows Llama 3.1's rope scaling", async () => {
    const scaled = await load("llama31-tiny");
    const expected = readExpected("expected/llama31-tiny/case_long.safetensors");
    const { batch } = packReference(expected, "", true);
    const last = Int32Array.from({ length: 8 }, (_, i) => 96 - 8 + i);
    expect(
      largestDifference(await scaled.logits(batch, last), expected.get("logits_last8")!.values),
    ).toBeLessThan(STATES);
    scaled.dispose();
  });
});
