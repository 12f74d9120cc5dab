/** A model with random weights. */
import * as tf from "@tensorflow/tfjs-core";
import type { ScratchModel } from "../../contracts/plan";
import type { Random } from "../random";
import type { Backend } from "../tensor/backend";
import { openDecoder } from "./architectures";
import { CausalLm, type CausalLmOptions } from "./causal-lm";
import { ConfigReader } from "./checkpoint/config-reader";
import { elementCount } from "./checkpoint/safetensors";
import type { Decoder, ParameterShape } from "./decoder";

/** Standard deviation of initial weights, Llama's `initializer_range`. */
const INITIALIZER_RANGE = 0.02;

/** `vocab` is the number of tokens (the tokenizer's, special tokens included); draws every weight from `random`. */
export function createFromScratch(
  config: ScratchModel,
  vocab: number,
  backend: Backend,
  random: Random,
  optionsFor: (decoder: Decoder) => CausalLmOptions = () => ({}),
): CausalLm {
  const reader = new ConfigReader(checkpointConfig(config, vocab), "the plan's model");
  return createWithRandomWeights(reader, backend, random, optionsFor);
}

/** A model of any architecture, as its config.json describes it. @throws UserError "bad-model". */
export function createWithRandomWeights(
  config: ConfigReader,
  backend: Backend,
  random: Random,
  optionsFor: (decoder: Decoder) => CausalLmOptions = () => ({}),
): CausalLm {
  const decoder = openDecoder(config);
  const parameters = new Map<string, tf.Variable>();
  for (const [name, parameter] of decoder.parameters) {
    const value = tf.tensor(initialValues(parameter, random), [...parameter.shape]);
    parameters.set(name, tf.variable(value));
    value.dispose();
  }
  return new CausalLm(decoder, backend, parameters, optionsFor(decoder));
}

function initialValues({ shape, initialization }: ParameterShape, random: Random): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (initialization === "ones") return values.fill(1);
  if (initialization === "zeros") return values;
  for (let i = 0; i < values.length; i++) values[i] = INITIALIZER_RANGE * random.normal();
  return values;
}

/** The config.json that transformers reads when such a model has been saved. */
function checkpointConfig(config: ScratchModel, vocab: number): Record<string, unknown> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: config.architecture,
    vocab_size: vocab,
    hidden_size: config.width,
    intermediate_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.width / config.heads,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    initializer_range: INITIALIZER_RANGE,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-6,
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    tie_word_embeddings: config.tiedHead,
  };
}
