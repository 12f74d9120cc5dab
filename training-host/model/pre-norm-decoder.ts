/**
 * The skeleton that Llama, Qwen2 and Gemma have in common: each layer is x + attention(norm(x)), then x + mlp(norm(x)), and
 * a norm follows the last one. Names are Hugging Face's. It reads like the `...Model.forward` of transformers, but on packed
 * rows: N tokens, after the last attention only the M that matter; H = hidden size, V = size of the vocabulary.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder, ForwardPass, ParameterShape } from "./decoder";
import type { DecoderSizes } from "./decoder-sizes";
import type { GatedMlp } from "./gated-mlp";
import { linearShapes } from "./linear-shapes";
import type { RmsNorm } from "./rms-norm";
import type { RotaryAttention } from "./rotary-attention";

const EMBEDDING = "model.embed_tokens.weight";
const FINAL_NORM = "model.norm.weight";
const HEAD = "lm_head.weight";

export interface DecoderParts {
  sizes: DecoderSizes;
  attention: RotaryAttention;
  mlp: GatedMlp;
  norm: RmsNorm;
  /** The head's weight is the embedding. */
  tiedHead: boolean;
  /** Multiplies the embeddings on their way into the first layer; 1 if left out. */
  embeddingScale?: number;
}

export class PreNormDecoder implements Decoder {
  readonly config: Decoder["config"];
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly embedding = EMBEDDING;
  readonly head: string;
  readonly parameters: ReadonlyMap<string, ParameterShape>;

  constructor(
    config: ConfigReader,
    private readonly parts: DecoderParts,
  ) {
    this.config = config.json;
    this.vocabSize = parts.sizes.vocabSize;
    this.hiddenSize = parts.sizes.hiddenSize;
    this.layers = parts.sizes.layers;
    this.head = parts.tiedHead ? EMBEDDING : HEAD;
    this.parameters = parameterShapes(parts);
  }

  embed(pass: ForwardPass): tf.Tensor2D {
    const { embed, scale } = pass.operations;
    const { embeddingScale = 1 } = this.parts;
    const embedded = embed(pass.parameter(EMBEDDING) as tf.Tensor2D, pass.ids); // [N, H]
    return embeddingScale === 1 ? embedded : scale(embedded, embeddingScale);
  }

  attend(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const { attention, norm } = this.parts;
    return pass.operations.add(x, attention.apply(layer, norm.apply(x, attentionNormOf(layer), pass), pass));
  }

  transform(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const { mlp, norm } = this.parts;
    return pass.operations.add(x, mlp.apply(layer, norm.apply(x, mlpNormOf(layer), pass), pass));
  }

  finalNorm(x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    return this.parts.norm.apply(x, FINAL_NORM, pass);
  }

  dispose(): void {
    this.parts.attention.dispose();
  }
}

/** In the order of a forward pass, in which a model from scratch draws them. */
function parameterShapes({
  sizes,
  attention,
  mlp,
  norm,
  tiedHead,
}: DecoderParts): Map<string, ParameterShape> {
  const { vocabSize: V, hiddenSize: H, layers } = sizes;
  return new Map([
    ...linearShapes(EMBEDDING, V, H),
    ...Array.from({ length: layers }, (_, layer): [string, ParameterShape][] => [
      [attentionNormOf(layer), norm.weight],
      ...attention.parameters(layer),
      [mlpNormOf(layer), norm.weight],
      ...mlp.parameters(layer),
    ]).flat(),
    [FINAL_NORM, norm.weight],
    ...(tiedHead ? [] : linearShapes(HEAD, V, H)),
  ]);
}

function attentionNormOf(layer: number): string {
  return `model.layers.${layer}.input_layernorm.weight`;
}

function mlpNormOf(layer: number): string {
  return `model.layers.${layer}.post_attention_layernorm.weight`;
}
