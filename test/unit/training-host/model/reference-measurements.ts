/**
 * How far a model is from every number that `test/fixtures/reference/expected` has for it: one function per file of a model's
 * folder. What is held to which tolerance is what the reference's README asks for.
 */
import * as path from "node:path";
import type { CausalLm, CausalLmOptions } from "../../../../training-host/model/causal-lm";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import type { Backend } from "../../../../training-host/tensor/backend";
import { AdamW } from "../../../../training-host/training/adamw";
import {
  type ExpectedTensor,
  largestDifference,
  largestMagnitude,
  packReference,
  type ReferenceBatch,
  readExpected,
  referenceFolder,
  rowsOf,
} from "../reference";

/** The reference's models; one that is named here is held against all that there is of it. */
export const referenceModels = ["llama3-tiny", "llama31-tiny", "qwen2-tiny", "gemma-tiny"] as const;
/** Those that exist in bfloat16, too. */
export const bfloat16Models = ["llama3-tiny-bf16", "qwen2-tiny-bf16", "gemma-tiny-bf16"] as const;

export type ReferenceModel = (typeof referenceModels)[number] | (typeof bfloat16Models)[number];

export const referenceCases = ["full", "right", "left"] as const;
export type ReferenceCase = (typeof referenceCases)[number];

export interface Measurement {
  quantity: string;
  /** The largest absolute difference, unless the quantity says otherwise. */
  difference: number;
  tolerance: number;
}

// Of a float32 host.
const STATES = 5e-5;
const LOSS = 1e-5;
const GRADIENT = 2e-5;
const NORM = 5e-5;
const MEAN_PARAMETER = 3e-7;
const VECTOR_PARAMETER = 2e-6;
/** Of single tokens after training: the README bounds the parameters, which Adam moves at rounding level. */
const LOSS_AFTER = 5e-5;

export function loadReference(
  name: ReferenceModel,
  backend: Backend,
  options: CausalLmOptions = {},
): Promise<CausalLm> {
  return loadCheckpoint(path.join(referenceFolder, "models", name), backend, () => options);
}

/** Hidden states, logits, losses and pooled states of a padded batch: case_full, case_right, case_left. */
export async function measureCase(
  model: CausalLm,
  name: ReferenceModel,
  which: ReferenceCase,
): Promise<Measurement[]> {
  const expected = readExpected(`expected/${name}/case_${which}.safetensors`);
  const packed = packReference(expected);
  const states = await model.hiddenStates(packed.batch);
  const last = states.length - 1;
  // A BF16 checkpoint's files have the last state alone.
  const compared = expected.has("hidden_states.0") ? states.map((_, index) => index) : [last];
  return [
    ...compared.map((index) =>
      held(
        "hidden states",
        STATES,
        states[index]!,
        rowsOf(expected.get(`hidden_states.${index}`)!, packed.rows),
      ),
    ),
    ...(await measureScores(model, expected, packed, { states: STATES, loss: LOSS })),
  ];
}

/** What a model says of `packed`, where `expected` has it. */
async function measureScores(
  model: CausalLm,
  expected: Map<string, ExpectedTensor>,
  { batch, targets, rows, losses }: ReferenceBatch,
  tolerances: { states: number; loss: number },
): Promise<Measurement[]> {
  const logits = await model.logits(batch, Int32Array.from(rows.keys()));
  const score = await model.score(batch, targets, { losses: true, pooled: true });
  const tokenLoss = expected.get("token_loss")!;
  const measurements = [
    held("logits", tolerances.states, logits, rowsOf(expected.get("logits")!, rows)),
    held(
      "mean_pooled",
      tolerances.states,
      score.pooled!.flatMap((mean) => [...mean]),
      valuesOf(expected, "mean_pooled"),
    ),
    held(
      "token_loss",
      tolerances.loss,
      score.losses!,
      losses.map((index) => tokenLoss.values[index]!),
    ),
    held("loss", tolerances.loss, [mean(score.losses!)], valuesOf(expected, "loss")),
  ];
  if (!expected.has("row_loss")) return measurements;
  const ofRow = (row: number) => score.losses!.filter((_, target) => targets.sequences[target] === row);
  const tokens = valuesOf(expected, "row_ntok");
  const rowLosses = Array.from(tokens, (_, row) => mean(ofRow(row)));
  return [
    ...measurements,
    held("row_loss", tolerances.loss, rowLosses, valuesOf(expected, "row_loss")),
    held(
      "row_ntok",
      0,
      Array.from(tokens, (_, row) => ofRow(row).length),
      tokens,
    ),
  ];
}

/** 96 tokens: the last eight rows' logits and the pooled state. */
export async function measureLongSequence(model: CausalLm, name: ReferenceModel): Promise<Measurement[]> {
  const expected = readExpected(`expected/${name}/case_long.safetensors`);
  const { batch, targets } = packReference(expected, "", true);
  const last = Int32Array.from({ length: 8 }, (_, i) => batch.ids.length - 8 + i);
  const { pooled } = await model.score(batch, targets, { pooled: true });
  return [
    held("logits of 96 tokens", STATES, await model.logits(batch, last), valuesOf(expected, "logits_last8")),
    held("mean_pooled of 96 tokens", STATES, pooled![0]!, valuesOf(expected, "mean_pooled")),
  ];
}

/** Greedy tokens by one whole forward pass each; `generated ids` counts those that differ. */
export async function measureGreedyGeneration(model: CausalLm, name: ReferenceModel): Promise<Measurement[]> {
  const expected = readExpected(`expected/${name}/case_generate.safetensors`);
  const [B, length] = expected.get("sequences")!.shape as [number, number];
  const [, T] = expected.get("input_ids")!.shape as [number, number];
  const sequences = valuesOf(expected, "sequences");
  const mask = valuesOf(expected, "attention_mask");
  const rows = Array.from({ length: B }, (_, b) =>
    Array.from(sequences.subarray(b * length, b * length + T)).filter((_, t) => mask[b * T + t] === 1),
  );
  const margins: number[][] = rows.map(() => []);
  for (let step = T; step < length; step++) {
    const starts = Int32Array.of(0, ...rows.map((_, b) => rows.slice(0, b + 1).flat().length));
    const positions = Int32Array.from(rows.flatMap((row) => [...row.keys()]));
    const batch = { ids: Int32Array.from(rows.flat()), positions, starts };
    const logits = await model.logits(
      batch,
      Int32Array.from(rows, (_, b) => starts[b + 1]! - 1),
    );
    const V = logits.length / B;
    for (const [b, row] of rows.entries()) {
      const [best, margin] = bestOf(logits.subarray(b * V, (b + 1) * V));
      row.push(best);
      margins[b]!.push(margin);
    }
  }
  const generated = rows.flatMap((row) => row.slice(T - length));
  const wanted = rows.flatMap((_, b) => [...sequences.subarray(b * length + T, (b + 1) * length)]);
  return [
    { quantity: "generated ids", difference: count(generated, wanted), tolerance: 0 },
    held("margin of generated ids", 2 * STATES, margins.flat(), valuesOf(expected, "margin")),
  ];
}

/** The gradient of every parameter, as shares of the largest entry of each. */
export async function measureGradients(model: CausalLm, name: ReferenceModel): Promise<Measurement[]> {
  const expected = readExpected(`expected/${name}/grads_right.safetensors`);
  const { batch, targets } = packReference(readExpected(`expected/${name}/case_right.safetensors`));
  await model.accumulate(batch, targets, targets.rows.length);
  const measurements: Measurement[] = [
    {
      quantity: "gradients missing or too many",
      difference: unlike(model.gradients, expected),
      tolerance: 0,
    },
  ];
  for (const [parameter, gradient] of model.gradients) {
    const reference = expected.get(parameter)?.values ?? [Number.NaN];
    const difference = largestDifference(await gradient.data(), reference) / largestMagnitude(reference);
    measurements.push({ quantity: "gradients, of the largest entry", difference, tolerance: GRADIENT });
  }
  model.clearGradients();
  return measurements;
}

/** Three AdamW steps; changes the model. Returns the number of tensors alive after each step, too. */
export async function measureTraining(
  model: CausalLm,
  name: ReferenceModel,
): Promise<{ measurements: Measurement[]; tensors: number[] }> {
  const adamw = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
  const optimizer = new AdamW(model, model.backend, adamw);
  const batches = readExpected(`expected/${name}/train_batches.safetensors`);
  const [losses, norms, tensors]: [number[], number[], number[]] = [[], [], []];
  for (let step = 0; step < 3; step++) {
    const { batch, targets } = packReference(batches, `step${step}.`);
    losses.push(mean(await model.accumulate(batch, targets, targets.rows.length)));
    norms.push((await optimizer.step(1e-3, 1)).gradientNorm);
    tensors.push(model.backend.memory().tensors);
  }
  optimizer.dispose();
  const ratios = norms.map((norm, step) => norm / valuesOf(batches, "grad_norms_before_clip")[step]!);
  const measurements = [
    held("losses of 3 steps", LOSS, losses, valuesOf(batches, "losses")),
    held("gradient norms, relative", NORM, ratios, [1, 1, 1]),
    ...(await measureParameters(model, readExpected(`expected/${name}/params_after.safetensors`))),
    ...(await measureAfter(model, name)),
  ];
  return { measurements, tensors };
}

async function measureParameters(
  model: CausalLm,
  expected: Map<string, ExpectedTensor>,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [
    {
      quantity: "parameters missing or too many",
      difference: unlike(model.parameters, expected),
      tolerance: 0,
    },
  ];
  let [total, entries] = [0, 0];
  for (const [parameter, tensor] of model.parameters) {
    const actual = await tensor.data();
    const reference = expected.get(parameter)!.values;
    for (let i = 0; i < actual.length; i++) total += Math.abs(actual[i]! - reference[i]!);
    entries += actual.length;
    // Its true gradient is almost 0, and Adam makes a step of any that is not.
    if (tensor.rank === 1 && !parameter.endsWith("k_proj.bias"))
      measurements.push(held("vectors after 3 steps", VECTOR_PARAMETER, actual, reference));
  }
  const difference = total / entries;
  return [
    ...measurements,
    { quantity: "parameters after 3 steps, mean", difference, tolerance: MEAN_PARAMETER },
  ];
}

async function measureAfter(model: CausalLm, name: ReferenceModel): Promise<Measurement[]> {
  const expected = readExpected(`expected/${name}/case_right_after.safetensors`);
  const packed = packReference(readExpected(`expected/${name}/case_right.safetensors`));
  const tolerances = { states: STATES, loss: LOSS_AFTER };
  const measurements = await measureScores(model, expected, packed, tolerances);
  return measurements.map((measurement) => ({
    ...measurement,
    quantity: `${measurement.quantity} after 3 steps`,
  }));
}

/** The largest difference of each quantity. */
export function worstOf(measurements: readonly Measurement[]): Map<string, Measurement> {
  const worst = new Map<string, Measurement>();
  for (const measurement of measurements) {
    const before = worst.get(measurement.quantity);
    // Not a number is worst of all.
    if (!before || !(measurement.difference <= before.difference))
      worst.set(measurement.quantity, measurement);
  }
  return worst;
}

export function held(
  quantity: string,
  tolerance: number,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): Measurement {
  return { quantity, difference: largestDifference(actual, expected), tolerance };
}

function valuesOf(tensors: Map<string, ExpectedTensor>, name: string): Float32Array | Int32Array {
  return tensors.get(name)!.values;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0) / values.length;
}

function count(actual: readonly number[], expected: readonly number[]): number {
  return (
    expected.filter((value, i) => value !== actual[i]).length + Math.abs(actual.length - expected.length)
  );
}

/** How many keys only one of two maps has. */
function unlike(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): number {
  return (
    [...a.keys()].filter((key) => !b.has(key)).length + [...b.keys()].filter((key) => !a.has(key)).length
  );
}

/** The index of the largest value, and how far it is above the next. */
function bestOf(values: Float32Array): [index: number, margin: number] {
  let [best, largest, second] = [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, value] of values.entries()) {
    if (value > largest) [best, largest, second] = [index, value, largest];
    else if (value > second) second = value;
  }
  return [best, largest - second];
}
