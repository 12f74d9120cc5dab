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

/**
 * `defaultHeadSize`: a family's head size where the config has none; left out: hidden size / heads.
 * @throws UserError "bad-model" for sizes that do not fit each other.
 */
export function readSizes(config: ConfigReader, defaultHeadSize?: number): DecoderSizes {
  return {
    vocabSize: config.positiveInteger("vocab_size"),
    hiddenSize: config.positiveInteger("hidden_size"),
    intermediateSize: config.positiveInteger("intermediate_size"),
    layers: config.positiveInteger("num_hidden_layers"),
    heads: readHeads(config, defaultHeadSize),
  };
}

function readHeads(config: ConfigReader, defaultHeadSize?: number): AttentionHeads {
  const query = config.positiveInteger("num_attention_heads");
  const keyValue = config.positiveInteger("num_key_value_heads", query);
  if (query % keyValue !== 0)
    config.fail(`num_attention_heads (${query}) must be a multiple of num_key_value_heads (${keyValue})`);
  const size = config.positiveInteger("head_dim", defaultHeadSize ?? evenShare(config, query));
  if (size % 2 !== 0) config.fail(`the head size (${size}) must be even for rotary positions`);
  return { query, keyValue, size };
}

function evenShare(config: ConfigReader, heads: number): number {
  const hiddenSize = config.positiveInteger("hidden_size");
  if (hiddenSize % heads !== 0 && !config.has("head_dim"))
    config.fail(`hidden_size (${hiddenSize}) must be a multiple of num_attention_heads (${heads})`);
  return hiddenSize / heads;
}
