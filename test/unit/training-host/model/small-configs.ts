/** A small model of every architecture, in the sizes that trip things: grouped heads, heads wider than the hidden size, biases. */
import { ConfigReader } from "../../../../training-host/model/checkpoint/config-reader";

export const VOCAB = 50;

const shared = {
  vocab_size: VOCAB,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  rms_norm_eps: 1e-6,
};

export const smallConfigs = {
  llama: { ...shared, model_type: "llama", num_key_value_heads: 2 },
  qwen2: { ...shared, model_type: "qwen2", num_key_value_heads: 4 },
  gemma: { ...shared, model_type: "gemma", num_key_value_heads: 1, head_dim: 10 },
  "llama with biases": {
    ...shared,
    ...{ model_type: "llama", num_key_value_heads: 1, attention_bias: true, mlp_bias: true },
  },
} as const;

export type SmallModel = keyof typeof smallConfigs;

export const smallModels = Object.keys(smallConfigs) as SmallModel[];

export function smallConfig(name: SmallModel, changes: Record<string, unknown> = {}): ConfigReader {
  return new ConfigReader({ ...smallConfigs[name], ...changes }, `a small ${name}`);
}
