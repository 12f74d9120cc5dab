/** A decoder-only language model on a backend: parameters, losses, hidden states, gradients. */
import * as tf from "@tensorflow/tfjs-core";
import type { PackedBatch, Targets } from "../data/packed-batch";
import type { Backend } from "../tensor/backends";
import type { Decoder, ForwardPass } from "./decoder";

export class CausalLm {
  /** Hugging Face names and shapes ([out, in] for the weights of linear layers); a tied head is one parameter. */
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
  score(
    batch: PackedBatch,
    targets: Targets,
    want: { losses?: boolean; pooled?: boolean },
  ): { losses: Float32Array | null; pooled: Float32Array[] | null } {
    const { targetLosses } = this.backend.operations;
    const noTargets = targets.rows.length === 0;
    return this.withHiddenStates(batch, (hidden) => ({
      losses: !want.losses
        ? null
        : noTargets
          ? new Float32Array(0)
          : targetLosses(hidden, this.head(), targets),
      pooled: want.pooled ? meanOfRows(hidden, batch.starts) : null,
    }));
  }

  /** Adds the gradients of sum(losses) / denominator to the accumulated ones; returns the losses, one per target. */
  accumulate(batch: PackedBatch, targets: Targets, denominator: number): Float32Array {
    if (targets.rows.length === 0) return new Float32Array(0);
    // Outside of `forward`, whose end disposes of what it made: the backward pass needs the ids and positions again.
    const pass = this.begin(batch);
    let losses: Float32Array | undefined;
    const forward = (): tf.Scalar => {
      const hidden = this.lastHiddenStates(pass);
      const loss = this.backend.operations.headLoss(hidden, this.head(), targets, 1 / denominator);
      losses = loss.losses;
      return loss.total;
    };
    const { value, grads } = tf.variableGrads(forward, [...this.parameters.values()]);
    tf.dispose([value, pass.ids, pass.positions]);
    for (const [name, variable] of this.parameters) this.addGradient(name, grads[variable.name]!);
    return losses!;
  }

  /** Forgets the accumulated gradients. */
  clearGradients(): void {
    for (const gradient of this.accumulated.values()) gradient.dispose();
    this.accumulated.clear();
  }

  /** Logits after `rows`: [rows, V], row by row. */
  logits(batch: PackedBatch, rows: Int32Array): Float32Array {
    const { embed, linear } = this.backend.operations;
    return this.withHiddenStates(batch, (hidden) =>
      linear(embed(hidden, tf.tensor1d(rows, "int32")), this.head()).dataSync<"float32">(),
    );
  }

  /** The embeddings, the output of every layer but the last, and the last after the final norm: [N, H] each. */
  hiddenStates(batch: PackedBatch): Float32Array[] {
    const states: Float32Array[] = [];
    this.withHiddenStates(
      batch,
      (last) => states.push(last.dataSync<"float32">()),
      (x) => states.push(x.dataSync<"float32">()),
    );
    return states;
  }

  dispose(): void {
    this.clearGradients();
    for (const variable of this.parameters.values()) variable.dispose();
    this.decoder.dispose();
  }

  private withHiddenStates<T>(
    batch: PackedBatch,
    use: (last: tf.Tensor2D) => T,
    observe?: (x: tf.Tensor2D) => void,
  ): T {
    let result: T;
    tf.tidy(() => {
      result = use(this.lastHiddenStates(this.begin(batch), observe));
    });
    return result!;
  }

  private begin(batch: PackedBatch): ForwardPass {
    return {
      operations: this.backend.operations,
      parameter: (name) => this.parameters.get(name)!,
      ids: tf.tensor1d(batch.ids, "int32"),
      positions: tf.tensor1d(batch.positions, "int32"),
      longestPosition: batch.positions.reduce((longest, position) => Math.max(longest, position), 0),
      starts: batch.starts,
    };
  }

  /** Without an observer, the tensors of earlier layers are freed as the pass goes on. */
  private lastHiddenStates(pass: ForwardPass, observe?: (x: tf.Tensor2D) => void): tf.Tensor2D {
    let x = this.decoder.embed(pass);
    for (let index = 0; index < this.decoder.layers; index++) {
      observe?.(x);
      x = tf.tidy(() => this.decoder.layer(index, x, pass));
    }
    return this.decoder.finalNorm(x, pass);
  }

  private head(): tf.Tensor2D {
    return this.parameters.get(this.decoder.head) as unknown as tf.Tensor2D;
  }

  private addGradient(name: string, gradient: tf.Tensor): void {
    const sum = this.accumulated.get(name);
    this.accumulated.set(name, sum ? this.backend.operations.accumulate(sum, gradient) : gradient);
  }
}

/** Means over the rows of each sequence, summed in float64. */
function meanOfRows(hidden: tf.Tensor2D, starts: Int32Array): Float32Array[] {
  const values = hidden.dataSync<"float32">();
  const width = hidden.shape[1];
  return Array.from(starts.subarray(1), (end, sequence) => {
    const first = starts[sequence]!;
    const sum = new Float64Array(width);
    for (let row = first; row < end; row++)
      for (let column = 0; column < width; column++) sum[column]! += values[row * width + column]!;
    return Float32Array.from(sum, (total) => total / (end - first));
  });
}
