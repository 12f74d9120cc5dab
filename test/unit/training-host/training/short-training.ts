/** A small model and a few steps of training: what the tests of threads and memory look at. */
import { packExamples } from "../../../../training-host/data/packed-batch";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { AdamW } from "../../../../training-host/training/adamw";

const VOCABULARY = 1024;

/** Large enough for every kernel's work to be divided among threads. */
export class ShortTraining {
  readonly model: CausalLm;
  private readonly optimizer: AdamW;
  private readonly random = new Random(7, "short training");

  constructor(backend: Backend) {
    this.model = createFromScratch(
      {
        ...{ architecture: "llama", width: 96, layers: 2, heads: 4, kvHeads: 2, hidden: 200 },
        ...{ vocab: VOCABULARY, tiedHead: true, ropeTheta: 10000 },
      },
      VOCABULARY,
      backend,
      this.random,
    );
    const options = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
    this.optimizer = new AdamW(this.model, backend, options);
  }

  /** Gradients of a batch of its own: the losses. */
  async accumulate(): Promise<Float32Array> {
    const examples = [70, 131, 5, 200, 96].map((length) => ({
      ids: Int32Array.from({ length }, () => this.random.integer(VOCABULARY)),
      learned: new Uint8Array(length).fill(1),
    }));
    const { batch, targets } = packExamples(examples);
    return this.model.accumulate(batch, targets, targets.rows.length);
  }

  /** Steps on a batch each; the bytes of all losses. */
  async steps(count: number): Promise<Buffer> {
    const losses: Buffer[] = [];
    for (let step = 0; step < count; step++) {
      losses.push(Buffer.from((await this.accumulate()).buffer));
      await this.optimizer.step(1e-3, 1);
    }
    return Buffer.concat(losses);
  }

  /** All parameters, one after the other. */
  parameters(): Float32Array {
    const values = [...this.model.parameters.values()].map((parameter) => parameter.dataSync<"float32">());
    const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const value of values) {
      all.set(value, at);
      at += value.length;
    }
    return all;
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }
}

/** Faster than `toEqual` on many numbers, and -0 is not 0. */
export function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}
