/**
 * Attention with rotary positions (Su et al. 2021) and grouped key-value heads (Ainslie et al. 2023), causal inside each
 * sequence. N rows, H = hidden size, Q = query heads * head size, K = key-value heads * head size; Q and H may differ.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { AttentionHeads } from "../tensor/operations";
import type { ForwardPass, ParameterShape } from "./decoder";
import type { DecoderSizes } from "./decoder-sizes";
import { linearShapes } from "./linear-shapes";
import type { RopeConfig } from "./rope-config";
import { inverseFrequencies, RotaryEmbedding } from "./rotary";

export class RotaryAttention {
  private readonly heads: AttentionHeads;
  private readonly rotary: RotaryEmbedding;

  /** `biases`: which of the four projections add one. */
  constructor(
    private readonly sizes: DecoderSizes,
    rope: RopeConfig,
    private readonly biases: { queryKeyValue: boolean; output: boolean },
  ) {
    this.heads = sizes.heads;
    this.rotary = new RotaryEmbedding(inverseFrequencies(sizes.heads.size, rope));
  }

  parameters(layer: number): [name: string, shape: ParameterShape][] {
    const { hiddenSize: H } = this.sizes;
    const { query, keyValue, size } = this.heads;
    const { queryKeyValue, output } = this.biases;
    return [
      ...linearShapes(weightOf(layer, "q_proj"), query * size, H, queryKeyValue),
      ...linearShapes(weightOf(layer, "k_proj"), keyValue * size, H, queryKeyValue),
      ...linearShapes(weightOf(layer, "v_proj"), keyValue * size, H, queryKeyValue),
      ...linearShapes(weightOf(layer, "o_proj"), H, query * size, output),
    ];
  }

  /** x [N, H] to [N, H]. */
  apply(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const { rope } = pass.operations;
    const table = this.rotary.upTo(pass.longestPosition);
    const q = rope(pass.project(x, weightOf(layer, "q_proj")), table, pass.positions); // [N, Q]
    const k = rope(pass.project(x, weightOf(layer, "k_proj")), table, pass.positions); // [N, K]
    const v = pass.project(x, weightOf(layer, "v_proj")); // [N, K]
    const mixed = pass.attention(layer, q, k, v, this.heads); // [N, Q]
    return pass.project(mixed, weightOf(layer, "o_proj"));
  }

  dispose(): void {
    this.rotary.dispose();
  }
}

function weightOf(layer: number, projection: string): string {
  return `model.layers.${layer}.self_attn.${projection}.weight`;
}
