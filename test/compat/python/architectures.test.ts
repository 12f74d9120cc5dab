/** Models that the real transformers makes and saves, in its newest dialect: the same logits, loss and gradients here. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../../training-host/model/checkpoint/load";
import { openBackend } from "../../../training-host/tensor/backends";
import {
  largestDifference,
  largestMagnitude,
  packReference,
  readExpected,
  rowsOf,
} from "../../unit/training-host/reference";

interface Case {
  name: string;
  config: Record<string, unknown>;
  dtype: "float32" | "bfloat16" | "float16";
}

const small = {
  vocab_size: 131,
  hidden_size: 48,
  intermediate_size: 76,
  num_hidden_layers: 3,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-5,
};
const llama3 = {
  rope_type: "llama3",
  rope_theta: 500000,
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 16,
};

const cases: Case[] = [
  { name: "llama", config: { ...small, model_type: "llama" }, dtype: "float32" },
  {
    name: "llama with biases, tied",
    config: {
      ...small,
      model_type: "llama",
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
    },
    dtype: "float32",
  },
  {
    name: "llama with scaled rope and wide heads",
    config: { ...small, model_type: "llama", head_dim: 14, rope_parameters: llama3 },
    dtype: "bfloat16",
  },
  {
    name: "llama with interpolated positions",
    config: {
      ...small,
      model_type: "llama",
      rope_parameters: { rope_type: "linear", rope_theta: 10000, factor: 4 },
    },
    dtype: "float32",
  },
  { name: "qwen2", config: { ...small, model_type: "qwen2", rope_theta: 1e6 }, dtype: "float32" },
  {
    name: "qwen2, tied",
    config: {
      ...small,
      model_type: "qwen2",
      tie_word_embeddings: true,
      use_sliding_window: true,
      max_window_layers: 3,
    },
    dtype: "float16",
  },
  { name: "gemma", config: { ...small, model_type: "gemma", head_dim: 20 }, dtype: "float32" },
  {
    name: "gemma, untied, with biases",
    config: { ...small, model_type: "gemma", head_dim: 8, tie_word_embeddings: false, attention_bias: true },
    dtype: "bfloat16",
  },
  // Of the depth and the head size of published models.
  {
    name: "deep gemma",
    config: {
      ...{
        ...small,
        model_type: "gemma",
        hidden_size: 192,
        intermediate_size: 768,
        num_hidden_layers: 18,
        head_dim: 256,
      },
      ...{ num_attention_heads: 4, num_key_value_heads: 1, vocab_size: 1000 },
    },
    dtype: "float32",
  },
  {
    name: "deep qwen2",
    config: {
      ...{ ...small, model_type: "qwen2", hidden_size: 224, intermediate_size: 608, num_hidden_layers: 24 },
      ...{ num_attention_heads: 14, num_key_value_heads: 2, vocab_size: 1000, tie_word_embeddings: true },
    },
    dtype: "bfloat16",
  },
];

/** Shares of the largest entry: float32 here, float64 there. */
const LOGITS = 1e-5;
const GRADIENT = 2e-5;
const LOSS = 1e-5;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "architectures-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

beforeAll(() => {
  const script = path.join(import.meta.dirname, "architectures.py");
  const python = process.env.MOS_PYTHON ?? "python3";
  const { status, stdout, stderr } = spawnSync(python, [script, folder, JSON.stringify(cases)], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  console.log(stdout.trim());
}, 300_000);

describe.each(["wasm", "wasm-blas"] as const)("on %s", (backendName) => {
  it.each(cases)("$name", async ({ name }) => {
    const backend = await openBackend(backendName);
    const model = await loadCheckpoint(path.join(folder, name), backend);
    const expected = readExpected(path.join(folder, name, "expected.safetensors"));
    const { batch, targets, rows } = packReference(expected);
    const logits = rowsOf(expected.get("logits")!, rows);
    const ours = await model.logits(batch, Int32Array.from(rows.keys()));
    const differences = {
      logits: largestDifference(ours, logits) / largestMagnitude(logits),
      loss: 0,
      gradient: 0,
    };
    const losses = await model.accumulate(batch, targets, targets.rows.length);
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    differences.loss = Math.abs(loss - expected.get("loss")!.values[0]!);
    const names = [...expected.keys()].filter((key) => key.startsWith("grad.")).map((key) => key.slice(5));
    expect([...model.gradients.keys()].sort()).toEqual(names.sort());
    for (const [parameter, gradient] of model.gradients) {
      const reference = expected.get(`grad.${parameter}`)!.values;
      const difference = largestDifference(gradient.dataSync(), reference) / largestMagnitude(reference);
      differences.gradient = Math.max(differences.gradient, difference);
    }
    model.dispose();
    console.log(`${name} on ${backendName}: ${JSON.stringify(differences)}`);
    expect(differences.logits).toBeLessThan(LOGITS);
    expect(differences.loss).toBeLessThan(LOSS);
    expect(differences.gradient).toBeLessThan(GRADIENT);
  });
});
