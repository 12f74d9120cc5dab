/** A decoder-only language model on a backend: parameters, losses, hidden states, gradients. */
import * as tf from "@tensorflow/tfjs-core";
import type { PackedBatch, Targets } from "../data/packed-batch";
import type { Backend } from "../tensor/backend";
import { backpropagate } from "../tensor/backpropagate";
import { addConsuming } from "../tensor/consuming-add";
import { floatsFromBytes } from "../tensor/float-types";
import { biasOf, type Decoder, type ForwardPass } from "./decoder";
import type { LowRankAdapters } from "./low-rank-adapters";
import type { SequencePast } from "./sequence-past";

export interface CausalLmOptions {
  /** Trained instead of the parameters, which then stay as they are; of the model from now on. */
  adapters?: LowRankAdapters | null;
  /**
   * What the backward pass needs of each layer: all activations kept, or its input alone, from which the layer is computed
   * again (Chen et al. 2016). The gradients are the same, bit for bit.
   */
  activations?: "keep" | "recompute";
  /** Nothing is trained: the model is only used. */
  frozen?: boolean;
}

export class CausalLm {
  readonly adapters: LowRankAdapters | null;
  private readonly activations: "keep" | "recompute";
  private readonly accumulated = new Map<string, tf.Tensor>();

  /**
   * `parameters`: Hugging Face names and shapes ([out, in] for the weights of linear layers); a tied head is one parameter. They
   * are the model's from now on: the optimizer changes them in place, and a clone shares their memory; to keep values, read
   * them with `data`. Where they are not trained, a linear layer's weight may be pairs of bfloat16 (`Operations.bfloat16Weights`).
   */
  constructor(
    readonly decoder: Decoder,
    readonly backend: Backend,
    readonly parameters: ReadonlyMap<string, tf.Variable>,
    { adapters = null, activations = "keep", frozen = false }: CausalLmOptions = {},
  ) {
    this.adapters = adapters;
    this.activations = activations;
    for (const parameter of parameters.values()) parameter.trainable = adapters === null && !frozen;
  }

  /** What the optimizer moves: the adapters' matrices where there are any, else all parameters. */
  get trained(): ReadonlyMap<string, tf.Variable> {
    return this.adapters?.parameters ?? this.parameters;
  }

  /** Values of a parameter, its adapter merged in. */
  async values(name: string): Promise<Float32Array> {
    const values = await this.ownValues(name);
    return this.adapters === null ? values : this.adapters.merge(name, values);
  }

  /** Values of a parameter without its adapter. */
  async ownValues(name: string): Promise<Float32Array> {
    const parameter = this.parameters.get(name)!;
    if (parameter.dtype !== "int32") return parameter.data<"float32">();
    const pairs = await parameter.data<"int32">();
    return floatsFromBytes(new Uint8Array(pairs.buffer, pairs.byteOffset, pairs.byteLength), "BF16");
  }

  /** Gradients accumulated since they were last cleared, by the names of `trained`. */
  get gradients(): ReadonlyMap<string, tf.Tensor> {
    return this.accumulated;
  }

  /**
   * One forward pass without gradients. `losses[i]` = -log p of target i (nats); `pooled[s]` [H] = mean over ALL rows of
   * sequence s of the last hidden state (after the final norm).
   */
  async score(
    batch: PackedBatch,
    targets: Targets,
    want: { losses?: boolean; pooled?: boolean },
  ): Promise<{ losses: Float32Array | null; pooled: Float32Array[] | null }> {
    this.requireTokens(targets.labels);
    const { embed } = this.backend.operations;
    const learned = want.losses && targets.labels.length > 0;
    const { losses, hidden } = this.withPass(
      batch,
      (pass): { losses?: tf.Tensor1D; hidden?: tf.Tensor2D } => {
        const rows = tf.tensor1d(targets.rows, "int32");
        if (!want.pooled)
          return learned ? { losses: this.lossesOf(this.lastHiddenStates(pass, rows), targets) } : {};
        const hidden = this.lastHiddenStates(pass);
        return learned ? { losses: this.lossesOf(embed(hidden, rows), targets), hidden } : { hidden };
      },
    );
    const values = losses ? await takeValues(losses) : new Float32Array(0);
    return {
      losses: want.losses ? values : null,
      pooled: hidden ? meanOfRows(await takeValues(hidden), batch.starts) : null,
    };
  }

  /**
   * Adds the gradients of sum(losses) / denominator to the accumulated ones; returns the losses, one per target.
   * `dropoutSeed`, 32 bits, decides what the adapters' dropout drops; null: nothing.
   */
  async accumulate(
    batch: PackedBatch,
    targets: Targets,
    denominator: number,
    dropoutSeed: number | null = null,
  ): Promise<Float32Array> {
    if (targets.rows.length === 0) return new Float32Array(0);
    this.requireTokens(targets.labels);
    const losses = this.withPass(
      batch,
      (pass) => {
        const rows = tf.tensor1d(targets.rows, "int32");
        let losses: tf.Tensor1D | undefined;
        const lossOf = (hidden: tf.Tensor2D): tf.Scalar => {
          const loss = this.backend.operations.headLoss(hidden, this.head(), targets.labels, 1 / denominator);
          losses = tf.keep(loss.losses);
          return loss.total;
        };
        if (this.activations === "keep") this.backwardAtOnce(pass, rows, lossOf);
        else this.backwardByLayers(pass, rows, lossOf);
        return losses!;
      },
      dropoutSeed,
    );
    return takeValues(losses);
  }

  /** Forgets the accumulated gradients. */
  clearGradients(): void {
    for (const gradient of this.accumulated.values()) gradient.dispose();
    this.accumulated.clear();
  }

  /**
   * Logits after `rows`: [rows, V], row by row. With `pasts`, one per sequence, the batch's rows go on from what those hold, whose
   * number is their first position, and are added to them.
   */
  async logits(
    batch: PackedBatch,
    rows: Int32Array,
    pasts: readonly SequencePast[] | null = null,
  ): Promise<Float32Array> {
    const use = (pass: ForwardPass) => {
      const hidden = this.lastHiddenStates(pass, tf.tensor1d(rows, "int32"));
      return pass.project(hidden, this.decoder.head);
    };
    return takeValues(this.withPass(batch, use, null, pasts));
  }

  /** The embeddings, the output of every layer but the last, and the last after the final norm: [N, H] each. */
  async hiddenStates(batch: PackedBatch): Promise<Float32Array[]> {
    const states = this.withPass(batch, (pass) => {
      const inputs: tf.Tensor2D[] = [];
      const last = this.lastHiddenStates(pass, undefined, (x) => inputs.push(x.clone()));
      return [...inputs, last];
    });
    return Promise.all(states.map(takeValues));
  }

  dispose(): void {
    this.clearGradients();
    for (const variable of this.parameters.values()) variable.dispose();
    this.adapters?.dispose();
    this.decoder.dispose();
  }

  /** Frees all tensors that `use` makes, accumulated gradients and what it returns apart. */
  private withPass<T extends tf.TensorContainer>(
    batch: PackedBatch,
    use: (pass: ForwardPass) => T,
    dropoutSeed: number | null = null,
    pasts: readonly SequencePast[] | null = null,
  ): T {
    this.requireTokens(batch.ids);
    const { operations } = this.backend;
    // What is scored must be the same to the last bit in whatever company: it is kept for other runs. What is written need not.
    const few = pasts !== null;
    return tf.tidy(() =>
      use({
        operations,
        parameter: (name) => this.parameters.get(name)!,
        project: (x, name) => {
          const weight = this.parameters.get(name) as unknown as tf.Tensor2D;
          const adapter = this.adapters?.beside(name, dropoutSeed);
          const y = adapter
            ? operations.adaptedLinear(x, weight, adapter, few)
            : operations.linear(x, weight, few);
          const bias = this.parameters.get(biasOf(name)) as tf.Tensor1D | undefined;
          return bias ? operations.addBias(y, bias) : y;
        },
        attention: (layer, q, k, v, heads) => {
          if (pasts === null) return operations.attention(q, k, v, batch.starts, heads);
          const ofLayer = pasts.map(({ layers }) => layers[layer]!);
          return operations.attentionWithPast(q, k, v, batch.starts, ofLayer, heads);
        },
        ids: tf.tensor1d(batch.ids, "int32"),
        positions: tf.tensor1d(batch.positions, "int32"),
        longestPosition: batch.positions.reduce((longest, position) => Math.max(longest, position), 0),
        starts: batch.starts,
      }),
    );
  }

  /**
   * After the final norm: all rows, or `rows` only. What no later layer needs is then left out of the last one: with
   * response-only targets that saves a tenth of a training step. `observe` sees the input of every layer.
   */
  private lastHiddenStates(
    pass: ForwardPass,
    rows?: tf.Tensor1D,
    observe?: (x: tf.Tensor2D) => void,
  ): tf.Tensor2D {
    const { decoder } = this;
    let x = decoder.embed(pass);
    for (let layer = 0; layer < decoder.layers; layer++) {
      observe?.(x);
      const next = this.layer(layer, x, pass, rows);
      x.dispose();
      x = next;
    }
    return decoder.finalNorm(x, pass);
  }

  /** The output of one layer; of the last one `rows` only. */
  private layer(layer: number, x: tf.Tensor2D, pass: ForwardPass, rows?: tf.Tensor1D): tf.Tensor2D {
    const { decoder } = this;
    const last = layer === decoder.layers - 1;
    return tf.tidy(() => {
      const attended = decoder.attend(layer, x, pass);
      return decoder.transform(layer, last && rows ? pass.operations.embed(attended, rows) : attended, pass);
    });
  }

  private backwardAtOnce(
    pass: ForwardPass,
    rows: tf.Tensor1D,
    lossOf: (hidden: tf.Tensor2D) => tf.Scalar,
  ): void {
    const names = [...this.trained.keys()];
    const forward = () => lossOf(this.lastHiddenStates(pass, rows));
    backpropagate(forward, [...this.trained.values()], null, (source, gradient) => {
      this.addGradient(names[source]!, gradient);
    });
  }

  /** From the head down, one layer at a time. The same operations as at once, in the same order but for the second forward. */
  private backwardByLayers(
    pass: ForwardPass,
    rows: tf.Tensor1D,
    lossOf: (hidden: tf.Tensor2D) => tf.Scalar,
  ): void {
    const { decoder, trained } = this;
    const names = [...trained.keys()];
    const inputs = [decoder.embed(pass)];
    for (let layer = 0; layer < decoder.layers; layer++)
      inputs.push(this.layer(layer, inputs[layer]!, pass, rows));

    // The gradient of a tied head has two terms, which are added to each other before they are added to other passes' sums.
    let ofHead: tf.Tensor | null = null;
    const isTied = decoder.head === decoder.embedding;
    /** The gradient of x, where it is asked for. */
    const through = (
      forward: () => tf.Tensor,
      x: tf.Tensor2D | null,
      dy: tf.Tensor | null,
    ): tf.Tensor | null => {
      let dx: tf.Tensor | null = null;
      backpropagate(forward, [...trained.values(), ...(x ? [x] : [])], dy, (source, gradient) => {
        const name = names[source];
        if (name === undefined) dx = gradient;
        else if (isTied && name === decoder.head && ofHead === null) ofHead = gradient;
        else if (isTied && name === decoder.head) this.addGradient(name, addConsuming(ofHead!, gradient));
        else this.addGradient(name, gradient);
      });
      return dx;
    };

    const last = inputs.pop()!;
    let dx = through(() => lossOf(decoder.finalNorm(last, pass)), last, null);
    last.dispose();
    const embeds = trained.has(decoder.embedding);
    for (let layer = decoder.layers - 1; layer >= 0; layer--) {
      const x = inputs.pop()!;
      dx = through(() => this.layer(layer, x, pass, rows), layer > 0 || embeds ? x : null, dx);
      x.dispose();
    }
    if (embeds) through(() => decoder.embed(pass), null, dx);
  }

  /** The kernels trust ids: one outside of the vocabulary would read some other memory. */
  private requireTokens(ids: Int32Array): void {
    const { vocabSize } = this.decoder;
    const wrong = ids.find((id) => id < 0 || id >= vocabSize);
    if (wrong !== undefined)
      throw new RangeError(`token id ${wrong} is outside of the model's vocabulary of ${vocabSize}`);
  }

  /** `hidden` [targets, H] are the rows of the targets. */
  private lossesOf(hidden: tf.Tensor2D, targets: Targets): tf.Tensor1D {
    return this.backend.operations.targetLosses(hidden, this.head(), targets.labels);
  }

  private head(): tf.Tensor2D {
    return this.parameters.get(this.decoder.head) as unknown as tf.Tensor2D;
  }

  private addGradient(name: string, gradient: tf.Tensor): void {
    const sum = this.accumulated.get(name);
    this.accumulated.set(name, tf.keep(sum ? this.backend.operations.accumulate(sum, gradient) : gradient));
  }
}

/** Reads the values back and frees the tensor. */
async function takeValues(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<"float32">();
  } finally {
    tensor.dispose();
  }
}

/** Means of `values` [N, H] over the rows of each sequence, summed in float64. */
function meanOfRows(values: Float32Array, starts: Int32Array): Float32Array[] {
  const width = values.length / starts.at(-1)!;
  return Array.from(starts.subarray(1), (end, sequence) => {
    const first = starts[sequence]!;
    const sum = new Float64Array(width);
    for (let row = first; row < end; row++)
      for (let column = 0; column < width; column++) sum[column]! += values[row * width + column]!;
    return Float32Array.from(sum, (total) => total / (end - first));
  });
}
