/** The sizes of a decoder, under the keys that config.json has for them in every family. */
import type { AttentionHeads } from "../tensor/operations";
import type { ConfigReader } from "./checkpoint/config-reader";

export interface DecoderSizes {
  vocabSize: number;
  hiddenSize: number;
  /** Inner size of the MLP. */
  intermediateSize: number;
  layers: number;
  heads: AttentionHeads;
}

/** No model comes near these; a config that does would take memory before its weights are looked at. */
const MOST_LAYERS = 1000;
const LARGEST_SIZE = 2 ** 24;

/**
 * `defaultHeadSize`: a family's head size where the config has none; left out: hidden size / heads.
 * @throws UserError "bad-model" for sizes that do not fit each other.
 */
export function readSizes(config: ConfigReader, defaultHeadSize?: number): DecoderSizes {
  return {
    vocabSize: readSize(config, "vocab_size"),
    hiddenSize: readSize(config, "hidden_size"),
    intermediateSize: readSize(config, "intermediate_size"),
    layers: readSize(config, "num_hidden_layers", undefined, MOST_LAYERS),
    heads: readHeads(config, defaultHeadSize),
  };
}

function readSize(config: ConfigReader, key: string, fallback?: number, largest = LARGEST_SIZE): number {
  const size = config.positiveInteger(key, fallback);
  if (size > largest) config.fail(`${key} is ${size}, and at most ${largest} is possible`);
  return size;
}

function readHeads(config: ConfigReader, defaultHeadSize?: number): AttentionHeads {
  const query = readSize(config, "num_attention_heads");
  const keyValue = readSize(config, "num_key_value_heads", query);
  if (query % keyValue !== 0)
    config.fail(`num_attention_heads (${query}) must be a multiple of num_key_value_heads (${keyValue})`);
  const size = readSize(config, "head_dim", defaultHeadSize ?? evenShare(config, query));
  if (size % 2 !== 0) config.fail(`the head size (${size}) must be even for rotary positions`);
  return { query, keyValue, size };
}

function evenShare(config: ConfigReader, heads: number): number {
  const hiddenSize = config.positiveInteger("hidden_size");
  if (hiddenSize % heads !== 0 && !config.has("head_dim"))
    config.fail(`hidden_size (${hiddenSize}) must be a multiple of num_attention_heads (${heads})`);
  return hiddenSize / heads;
}
