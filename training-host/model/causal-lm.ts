/** A decoder-only language model on a backend: parameters, losses, hidden states, gradients. */
import * as tf from "@tensorflow/tfjs-core";
import type { PackedBatch, Targets } from "../data/packed-batch";
import type { Backend } from "../tensor/backend";
import type { Decoder, ForwardPass } from "./decoder";

export class CausalLm {
  /**
   * Hugging Face names and shapes ([out, in] for the weights of linear layers); a tied head is one parameter. The
   * optimizer changes them in place, and a clone shares their memory: to keep values, read them with `data`.
   */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  private readonly accumulated = new Map<string, tf.Tensor>();

  /** `valuesOf` gives the initial values of a parameter, row by row. */
  constructor(
    readonly decoder: Decoder,
    readonly backend: Backend,
    valuesOf: (name: string) => Float32Array,
  ) {
    const parameters = new Map<string, tf.Variable>();
    for (const [name, { shape }] of decoder.parameters) {
      const value = tf.tensor(valuesOf(name), [...shape], "float32");
      parameters.set(name, tf.variable(value));
      value.dispose();
    }
    this.parameters = parameters;
  }

  /** Gradients accumulated since they were last cleared, by parameter. */
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

  /** Adds the gradients of sum(losses) / denominator to the accumulated ones; returns the losses, one per target. */
  async accumulate(batch: PackedBatch, targets: Targets, denominator: number): Promise<Float32Array> {
    if (targets.rows.length === 0) return new Float32Array(0);
    this.requireTokens(targets.labels);
    const losses = this.withPass(batch, (pass) => {
      const rows = tf.tensor1d(targets.rows, "int32");
      let losses: tf.Tensor1D | undefined;
      const forward = (): tf.Scalar => {
        const hidden = this.lastHiddenStates(pass, rows);
        const loss = this.backend.operations.headLoss(hidden, this.head(), targets.labels, 1 / denominator);
        losses = tf.keep(loss.losses);
        return loss.total;
      };
      const { grads } = tf.variableGrads(forward, [...this.parameters.values()]);
      for (const [name, variable] of this.parameters) this.addGradient(name, grads[variable.name]!);
      return losses!;
    });
    return takeValues(losses);
  }

  /** Forgets the accumulated gradients. */
  clearGradients(): void {
    for (const gradient of this.accumulated.values()) gradient.dispose();
    this.accumulated.clear();
  }

  /** Logits after `rows`: [rows, V], row by row. */
  async logits(batch: PackedBatch, rows: Int32Array): Promise<Float32Array> {
    const logits = this.withPass(batch, (pass) => {
      const hidden = this.lastHiddenStates(pass, tf.tensor1d(rows, "int32"));
      return this.backend.operations.linear(hidden, this.head());
    });
    return takeValues(logits);
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
    this.decoder.dispose();
  }

  /** Frees all tensors that `use` makes, accumulated gradients and what it returns apart. */
  private withPass<T extends tf.TensorContainer>(batch: PackedBatch, use: (pass: ForwardPass) => T): T {
    this.requireTokens(batch.ids);
    return tf.tidy(() =>
      use({
        operations: this.backend.operations,
        parameter: (name) => this.parameters.get(name)!,
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
    const { embed } = pass.operations;
    let x = decoder.embed(pass);
    for (let layer = 0; layer < decoder.layers; layer++) {
      observe?.(x);
      const last = layer === decoder.layers - 1;
      const next = tf.tidy(() => {
        const attended = decoder.attend(layer, x, pass);
        return decoder.transform(layer, last && rows ? embed(attended, rows) : attended, pass);
      });
      x.dispose();
      x = next;
    }
    return decoder.finalNorm(x, pass);
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
