/** A Llama checkpoint of any size, with random weights: what is in it does not matter, how large it is does. */
import * as fs from "node:fs";
import * as path from "node:path";
import { openDecoder } from "../../training-host/model/architectures";
import { ConfigReader } from "../../training-host/model/checkpoint/config-reader";
import { writeSafetensors } from "../../training-host/model/checkpoint/safetensors";
import { Random } from "../../training-host/random";
import type { FloatType } from "../../training-host/tensor/float-types";

export interface CheckpointShape {
  layers: number;
  width: number;
  hidden: number;
  heads: number;
  keyValueHeads: number;
  vocab: number;
  tied: boolean;
}

const RANDOM_NUMBERS = 2 ** 20;

export async function writeLargeCheckpoint(
  folder: string,
  shape: CheckpointShape,
  dtype: FloatType,
): Promise<void> {
  const config = {
    model_type: "llama",
    hidden_act: "silu",
    num_hidden_layers: shape.layers,
    hidden_size: shape.width,
    intermediate_size: shape.hidden,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    vocab_size: shape.vocab,
    tie_word_embeddings: shape.tied,
    rms_norm_eps: 1e-6,
  };
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  const random = new Random(1, "bench");
  const pool = Float32Array.from({ length: RANDOM_NUMBERS }, () => 0.02 * random.normal());
  const decoder = openDecoder(new ConfigReader(config, "the bench's config"));
  const tensors = [...decoder.parameters].map(([name, { shape }]) => ({
    name,
    shape,
    values: () => repeat(pool, shape),
  }));
  await writeSafetensors(path.join(folder, "model.safetensors"), tensors, dtype);
}

function repeat(pool: Float32Array, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let at = 0; at < values.length; at += pool.length)
    values.set(pool.subarray(0, Math.min(pool.length, values.length - at)), at);
  return values;
}
