/**
 * The table of operations a model is built from. `portable.ts` writes them in stock TensorFlow.js operations (the
 * reference), `wasm/wasm-operations.ts` in our own kernels; models and optimizers see only this interface.
 *
 * Activations are PACKED: `N` rows are the tokens of all sequences laid end to end, with no padding; sequence `s` is rows
 * `starts[s]` to `starts[s + 1] - 1`. Weights of linear layers are `[out, in]`, as in Hugging Face checkpoints.
 * Everything is float32.
 */
import type * as tf from "@tensorflow/tfjs-core";

/** How the columns of q, k and v divide into heads: q is [N, query * size], k and v are [N, keyValue * size]. */
export interface AttentionHeads {
  query: number;
  /** Divides `query`: consecutive query heads share one key-value head (grouped-query attention). */
  keyValue: number;
  /** Columns of one head. */
  size: number;
}

/** Cosines and sines of rotary position embeddings: [positions, size / 2] each, row by row. */
export interface RotaryTable {
  cosines: tf.Tensor2D;
  sines: tf.Tensor2D;
}

/** One AdamW step (Loshchilov & Hutter 2019, algorithm 2), its constants prepared by the optimizer. */
export interface AdamWStep {
  /** Multiplies the gradient: the clip's coefficient. */
  gradientScale: number;
  beta1: number;
  beta2: number;
  /** learning rate / (1 - beta1^t) */
  stepSize: number;
  /** 1 / (1 - beta2^t) */
  secondCorrection: number;
  epsilon: number;
  /** 1 - learning rate * weight decay */
  decay: number;
}

/** Dropout of entries that follow from the key and the entry's index (`dropout-mask.ts`), so that a pass can be repeated. */
export interface Dropout {
  /** Share of the entries that is set to 0; the others are divided by 1 - rate. From 0 to below 1. */
  rate: number;
  /** 32 bits. */
  key: number;
}

/** A low-rank adapter beside a linear layer (Hu et al. 2021). */
export interface Adapter {
  /** A [rank, in] */
  down: tf.Tensor2D;
  /** B [out, rank] */
  up: tf.Tensor2D;
  /** alpha / rank */
  scale: number;
  /** Of the adapter's input; null: none. */
  dropout: Dropout | null;
}

/** Keys and values of a sequence's rows so far, of one layer, on the backend. Who asked for it disposes of it. */
export interface PastRows {
  readonly rows: number;
  dispose(): void;
}

/**
 * Forward and backward pass; inside a gradient tape every tensor argument receives its gradient, but for frozen parameters:
 * variables with `trainable` false (`frozen.ts`).
 */
export interface DifferentiableOperations {
  /** Rows of `table` [V, D] at `ids` [N]: [N, D]. */
  embed(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D;
  /**
   * x [N, in] times the transpose of weight [out, in]: [N, out]. Where `bfloat16Weights`, a frozen weight may also be pairs of
   * bfloat16 in an int32 tensor [out, in / 2], the first of a pair in the lower half. Own kernels give a row
   * the same bits however many rows there are, unless `few` allows a quicker way for few of them, with other last digits.
   */
  linear(x: tf.Tensor2D, weight: tf.Tensor2D, few?: boolean): tf.Tensor2D;
  /**
   * `linear` with an adapter: x W^T + scale * dropout(x) A^T B^T. The gradients are those of x, A and B: W is taken for frozen,
   * and no [out, in] matrix is ever made.
   */
  adaptedLinear(x: tf.Tensor2D, weight: tf.Tensor2D, adapter: Adapter, few?: boolean): tf.Tensor2D;
  /** x [N, D] + bias [D] in every row. */
  addBias(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D;
  /** a + b, both [N, D]: the residual connection. */
  add(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** factor * x. */
  scale(x: tf.Tensor2D, factor: number): tf.Tensor2D;
  /**
   * x / sqrt(mean(x^2) + epsilon) * (offset + weight), row by row (Zhang & Sennrich 2019); x [N, D], weight [D]. `offset` is 0 if
   * left out; 1 where stored weights lie around 0 (Gemma).
   */
  rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number, offset?: number): tf.Tensor2D;
  /**
   * Rotary position embedding in the half-split layout of Hugging Face (Su et al. 2021), for every head of
   * x [N, heads * size], at the given `positions` [N].
   */
  rope(x: tf.Tensor2D, table: RotaryTable, positions: tf.Tensor1D): tf.Tensor2D;
  /**
   * Causal softmax attention inside each sequence, scaled by 1 / sqrt(head size): [N, query * size].
   * `starts` has one entry per sequence and the number of rows at its end.
   */
  attention(
    q: tf.Tensor2D,
    k: tf.Tensor2D,
    v: tf.Tensor2D,
    starts: Int32Array,
    heads: AttentionHeads,
  ): tf.Tensor2D;
  /** silu(gate) * up (SwiGLU, Shazeer 2020), elementwise on [N, F]. */
  swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D;
  /**
   * gelu(gate) * up (GEGLU, Shazeer 2020), elementwise on [N, F], with the tanh form of gelu (Hendrycks & Gimpel 2016):
   * z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))), which is z sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3)).
   */
  geglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D;
  /**
   * scale * sum of cross-entropies, as a scalar that can be differentiated by `hidden` [M, D] and `head` [V, D]; and
   * `losses[i]` = -log softmax(head hidden[i])[labels[i]] in nats: [M], to be looked at only. M is at least 1. The [M, V]
   * logits never exist at once.
   */
  headLoss(
    hidden: tf.Tensor2D,
    head: tf.Tensor2D,
    labels: Int32Array,
    scale: number,
  ): { total: tf.Scalar; losses: tf.Tensor1D };
}

/**
 * The whole table: what follows has no gradients, and consumes or changes arguments where it says so. What is read back is a
 * promise, because a GPU answers later.
 */
export interface Operations extends DifferentiableOperations {
  /** Whether linear layers take frozen weights as bfloat16, which halves their memory. */
  bfloat16Weights: boolean;
  /** The losses of `headLoss` without the work for gradients. */
  targetLosses(hidden: tf.Tensor2D, head: tf.Tensor2D, labels: Int32Array): tf.Tensor1D;
  /** The past of a sequence that has none yet. */
  emptyPast(): PastRows;
  /**
   * `attention` for sequences that go on: adds the new rows of k and v to each sequence's past, and lets the new rows of q look
   * at all of it. Positions are in q and k already. A failure leaves the pasts as they may be: to be disposed of.
   */
  attentionWithPast(
    q: tf.Tensor2D,
    k: tf.Tensor2D,
    v: tf.Tensor2D,
    starts: Int32Array,
    pasts: readonly PastRows[],
    heads: AttentionHeads,
  ): tf.Tensor2D;
  /** sum + term. Consumes both (the result may be `sum` itself). */
  accumulate(sum: tf.Tensor, term: tf.Tensor): tf.Tensor;
  /** Sum of squares of all entries of all `tensors`, read back once. */
  sumOfSquares(tensors: readonly tf.Tensor[]): Promise<number>;
  /** Updates `parameter` and both moments in place. */
  adamw(
    parameter: tf.Variable,
    gradient: tf.Tensor,
    firstMoment: tf.Variable,
    secondMoment: tf.Variable,
    step: AdamWStep,
  ): void;
}
