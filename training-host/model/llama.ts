/**
 * Llama (Touvron et al. 2023): RMSNorm before each block, rotary positions, grouped-query attention, gated MLP.
 * Reads like modeling_llama.py of Hugging Face transformers, but on packed rows: N tokens (after the last attention only
 * the M that matter), H = hidden size, Q = heads * head size, K = key-value heads * head size, F = inner size of the MLP.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder, ForwardPass, ParameterShape } from "./decoder";
import { inverseFrequencies, type Llama3RopeScaling, RotaryEmbedding } from "./rotary";

export interface LlamaConfig {
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  rmsNormEpsilon: number;
  ropeTheta: number;
  ropeScaling: Llama3RopeScaling | null;
  tiedHead: boolean;
}

const EMBEDDING = "model.embed_tokens.weight";
const FINAL_NORM = "model.norm.weight";
const HEAD = "lm_head.weight";

export class LlamaDecoder implements Decoder {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly embedding = EMBEDDING;
  readonly head: string;
  readonly parameters: ReadonlyMap<string, ParameterShape>;
  private readonly rotary: RotaryEmbedding;

  constructor(
    private readonly shape: LlamaConfig,
    readonly config: Readonly<Record<string, unknown>>,
  ) {
    this.vocabSize = shape.vocabSize;
    this.hiddenSize = shape.hiddenSize;
    this.layers = shape.layers;
    this.head = shape.tiedHead ? EMBEDDING : HEAD;
    this.parameters = parameterShapes(shape);
    this.rotary = new RotaryEmbedding(inverseFrequencies(shape.headSize, shape.ropeTheta, shape.ropeScaling));
  }

  embed(pass: ForwardPass): tf.Tensor2D {
    return pass.operations.embed(pass.parameter(EMBEDDING) as tf.Tensor2D, pass.ids);
  }

  attend(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const { add, rope, attention } = pass.operations;
    const { heads, keyValueHeads, headSize } = this.shape;
    const table = this.rotary.upTo(pass.longestPosition);
    const project = (x: tf.Tensor2D, projection: string) =>
      pass.project(x, `model.layers.${layer}.self_attn.${projection}.weight`);

    const h = this.norm(`model.layers.${layer}.input_layernorm.weight`, x, pass); // [N, H]
    const q = rope(project(h, "q_proj"), table, pass.positions); // [N, Q]
    const k = rope(project(h, "k_proj"), table, pass.positions); // [N, K]
    const v = project(h, "v_proj"); // [N, K]
    const mixed = attention(q, k, v, pass.starts, { query: heads, keyValue: keyValueHeads, size: headSize });
    return add(x, project(mixed, "o_proj")); // [N, H]
  }

  transform(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const { add, swiglu } = pass.operations;
    const project = (x: tf.Tensor2D, projection: string) =>
      pass.project(x, `model.layers.${layer}.mlp.${projection}.weight`);

    const h = this.norm(`model.layers.${layer}.post_attention_layernorm.weight`, x, pass); // [M, H]
    const gated = swiglu(project(h, "gate_proj"), project(h, "up_proj")); // [M, F]
    return add(x, project(gated, "down_proj")); // [M, H]
  }

  finalNorm(x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    return this.norm(FINAL_NORM, x, pass);
  }

  dispose(): void {
    this.rotary.dispose();
  }

  private norm(name: string, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    return pass.operations.rmsNorm(x, pass.parameter(name) as tf.Tensor1D, this.shape.rmsNormEpsilon);
  }
}

function parameterShapes(shape: LlamaConfig): Map<string, ParameterShape> {
  const { vocabSize: V, hiddenSize: H, intermediateSize: F } = shape;
  const Q = shape.heads * shape.headSize;
  const K = shape.keyValueHeads * shape.headSize;
  const shapes = new Map<string, ParameterShape>();
  const matrix = (name: string, out: number, input: number) =>
    shapes.set(name, { shape: [out, input], initialization: "normal" });
  const norm = (name: string) => shapes.set(name, { shape: [H], initialization: "ones" });

  matrix(EMBEDDING, V, H);
  for (let index = 0; index < shape.layers; index++) {
    const layer = `model.layers.${index}`;
    norm(`${layer}.input_layernorm.weight`);
    matrix(`${layer}.self_attn.q_proj.weight`, Q, H);
    matrix(`${layer}.self_attn.k_proj.weight`, K, H);
    matrix(`${layer}.self_attn.v_proj.weight`, K, H);
    matrix(`${layer}.self_attn.o_proj.weight`, H, Q);
    norm(`${layer}.post_attention_layernorm.weight`);
    matrix(`${layer}.mlp.gate_proj.weight`, F, H);
    matrix(`${layer}.mlp.up_proj.weight`, F, H);
    matrix(`${layer}.mlp.down_proj.weight`, H, F);
  }
  norm(FINAL_NORM);
  if (!shape.tiedHead) matrix(HEAD, V, H);
  return shapes;
}

/** Reads a config.json with `model_type` "llama"; refuses what this file does not compute. */
export function readLlamaConfig(config: ConfigReader): LlamaConfig {
  config.refuseUnless("hidden_act", "silu", "the activation");
  config.refuseUnless("attention_bias", false, "biases in attention");
  config.refuseUnless("mlp_bias", false, "biases in the MLP");
  const heads = config.positiveInteger("num_attention_heads");
  const hiddenSize = config.positiveInteger("hidden_size");
  const keyValueHeads = config.positiveInteger("num_key_value_heads", heads);
  if (!Number.isInteger(hiddenSize / heads) && !config.has("head_dim"))
    config.fail(`hidden_size (${hiddenSize}) must be a multiple of num_attention_heads (${heads})`);
  const headSize = config.positiveInteger("head_dim", hiddenSize / heads);
  if (heads % keyValueHeads !== 0)
    config.fail(
      `num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`,
    );
  if (headSize % 2 !== 0) config.fail(`the head size (${headSize}) must be even for rotary positions`);
  return {
    vocabSize: config.positiveInteger("vocab_size"),
    hiddenSize,
    intermediateSize: config.positiveInteger("intermediate_size"),
    layers: config.positiveInteger("num_hidden_layers"),
    heads,
    keyValueHeads,
    headSize,
    rmsNormEpsilon: config.positive("rms_norm_eps", 1e-6),
    ropeTheta: readRopeTheta(config),
    ropeScaling: readRopeScaling(config),
    tiedHead: config.flag("tie_word_embeddings", false),
  };
}

/** transformers 5 writes `rope_parameters`, with the theta and the scaling in one; before, they were two keys. */
const ROPE_PARAMETERS = "rope_parameters";

function readRopeTheta(config: ConfigReader): number {
  const section = config.section(ROPE_PARAMETERS);
  return section?.has("rope_theta") ? section.positive("rope_theta") : config.positive("rope_theta", 10000);
}

function readRopeScaling(config: ConfigReader): Llama3RopeScaling | null {
  const scaling = config.section(ROPE_PARAMETERS) ?? config.section("rope_scaling");
  if (scaling === null) return null;
  const type = scaling.text("rope_type", scaling.text("type", "default"));
  if (type === "default") return null;
  if (type !== "llama3")
    scaling.fail(`rope_type "${type}" is not supported (supported: "default", "llama3")`);
  return {
    factor: scaling.positive("factor"),
    lowFrequencyFactor: scaling.positive("low_freq_factor"),
    highFrequencyFactor: scaling.positive("high_freq_factor"),
    originalLength: scaling.positiveInteger("original_max_position_embeddings"),
  };
}
