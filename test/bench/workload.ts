/**
 * What both sides of a comparison read: the model's weights as a Hugging Face checkpoint, token ids, the optimizer's
 * settings. Written once per size into `.cache/bench/workload`, always the same.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Example } from "../../training-host/data/packed-batch";
import type { CausalLmOptions } from "../../training-host/model/causal-lm";
import { saveAdapter } from "../../training-host/model/checkpoint/adapter";
import { saveCheckpoint } from "../../training-host/model/checkpoint/save";
import type { Decoder } from "../../training-host/model/decoder";
import { LowRankAdapters } from "../../training-host/model/low-rank-adapters";
import { createFromScratch } from "../../training-host/model/scratch";
import { Random } from "../../training-host/random";
import { openCpu } from "../../training-host/tensor/cpu-backend";
import type { Size } from "./sizes";

export const WORKLOAD_FILE = "workload.json";
export const TOKENS_FILE = "tokens.int32";

/** Batches that are gone through again and again. */
const BATCHES = 8;
/** Tokens that may follow a token: the loss can fall to ln(4). */
const SUCCESSORS = 4;

export interface Workload {
  batches: number;
  sequences: number;
  length: number;
  lora: Size["lora"];
  optimizer: {
    lr: number;
    beta1: number;
    beta2: number;
    eps: number;
    weightDecay: number;
    /** Bound on the global norm of the gradient. */
    clip: number;
  };
}

/** Writes what is not there yet; returns the folder. */
export async function writeWorkload(cache: string, name: string, size: Size): Promise<string> {
  const folder = path.join(cache, "workload", name);
  const { sequences, length, lora } = size;
  const workload: Workload = {
    ...{ batches: BATCHES, sequences, length, lora },
    optimizer: { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clip: 1 },
  };
  const file = path.join(folder, WORKLOAD_FILE);
  const text = `${JSON.stringify({ ...workload, model: size.model })}\n`;
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) return folder;
  fs.mkdirSync(folder, { recursive: true });
  await writeModel(folder, size);
  const tokens = drawTokens(BATCHES * sequences, length, size.model.vocab);
  fs.writeFileSync(path.join(folder, TOKENS_FILE), new Uint8Array(tokens.buffer));
  // Last, so that a folder whose writing was cut short is written again.
  fs.writeFileSync(file, text);
  return folder;
}

export function readWorkload(folder: string): Workload {
  return JSON.parse(fs.readFileSync(path.join(folder, WORKLOAD_FILE), "utf8")) as Workload;
}

/** [batches][sequences] */
export function readBatches(folder: string, { batches, sequences, length }: Workload): Example[][] {
  const bytes = fs.readFileSync(path.join(folder, TOKENS_FILE));
  const tokens = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: sequences }, (_, sequence) => {
      const first = (batch * sequences + sequence) * length;
      return { ids: tokens.slice(first, first + length), learned: new Uint8Array(length).fill(1) };
    }),
  );
}

/** The adapters of a workload; none: all parameters are trained. */
export function workloadOptions(
  { lora }: Pick<Workload, "lora">,
  activations: "keep" | "recompute" = "keep",
): (decoder: Decoder) => CausalLmOptions {
  return (decoder) => ({
    activations,
    adapters: lora && new LowRankAdapters(decoder, lora, new Random(1, "bench/adapters")),
  });
}

async function writeModel(folder: string, size: Size): Promise<void> {
  const { model: config } = size;
  const random = new Random(1, "bench/model");
  const model = createFromScratch(config, config.vocab, await openCpu(), random, workloadOptions(size));
  await saveCheckpoint(model, folder, "f32", { tokenizerFiles: [] });
  if (model.adapters) await saveAdapter(model.adapters, folder, folder);
  model.dispose();
}

/** A Markov chain, so that there is something to learn: every token has the same few successors throughout. */
function drawTokens(sequences: number, length: number, vocab: number): Int32Array<ArrayBuffer> {
  const random = new Random(1, "bench/tokens");
  const tokens = new Int32Array(sequences * length);
  for (let first = 0; first < tokens.length; first += length) {
    tokens[first] = random.integer(vocab);
    for (let i = first + 1; i < first + length; i++)
      tokens[i] = (tokens[i - 1]! * 31 + 17 * random.integer(SUCCESSORS) + 1) % vocab;
  }
  return tokens;
}
