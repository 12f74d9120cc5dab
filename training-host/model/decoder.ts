/**
 * What differs between families of decoder-only transformers. One file per family opens one (`llama.ts`, ...), from parts
 * that families share (`pre-norm-decoder.ts`, `rotary-attention.ts`, `gated-mlp.ts`, `rms-norm.ts`);
 * `causal-lm.ts` holds everything that all have: parameters, losses, gradients.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { AttentionHeads, Operations } from "../tensor/operations";

/** One forward pass: the packed rows' positions [N] and the rows where sequences start, on the backend. */
export interface ForwardPass {
  operations: Operations;
  parameter(name: string): tf.Tensor;
  /**
   * x [N, in] times the transpose of the named weight [out, in], with the weight's adapter and its layer's bias where they
   * exist: [N, out].
   */
  project(x: tf.Tensor2D, weight: string): tf.Tensor2D;
  /** Causal attention of a layer, inside each sequence: q [N, Q], k and v [N, K] to [N, Q]. */
  attention(
    layer: number,
    q: tf.Tensor2D,
    k: tf.Tensor2D,
    v: tf.Tensor2D,
    heads: AttentionHeads,
  ): tf.Tensor2D;
  ids: tf.Tensor1D;
  positions: tf.Tensor1D;
  /** The largest position of the pass: how far the rotary tables must reach. */
  longestPosition: number;
  starts: Int32Array;
}

export type Initialization = "normal" | "ones" | "zeros";

export interface ParameterShape {
  shape: readonly number[];
  /** How a model from scratch starts: normal is N(0, 0.02). */
  initialization: Initialization;
}

export interface Decoder {
  /** The content of config.json, as it is saved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** Hugging Face names; a tied head is not listed. */
  readonly parameters: ReadonlyMap<string, ParameterShape>;
  /** The parameter that holds the token embeddings. */
  readonly embedding: string;
  /** The parameter that maps hidden states to logits: the embedding when the head is tied. */
  readonly head: string;
  /** Token embeddings: [N, hidden]. */
  embed(pass: ForwardPass): tf.Tensor2D;
  /** First half of a layer, x + attention(norm(x)): [N, hidden] to [N, hidden]. */
  attend(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D;
  /** Second half, x + mlp(norm(x)): any rows [M, hidden] to [M, hidden]. */
  transform(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D;
  /** The norm after the last layer: [M, hidden] to [M, hidden]. */
  finalNorm(x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D;
  /** Frees what the decoder keeps on the backend (rotary tables). */
  dispose(): void;
}

/** The name of the bias beside a weight. */
export function biasOf(weight: string): string {
  return weight.replace(/weight$/, "bias");
}
