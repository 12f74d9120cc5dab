/** LoRA (Hu et al. 2021): a trained low-rank matrix beside each of some frozen linear layers. Names and start are PEFT's. */
import * as tf from "@tensorflow/tfjs-core";
import type { LoraConfig } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import type { Random } from "../random";
import type { Adapter } from "../tensor/operations";
import type { Decoder } from "./decoder";

interface AdapterMatrices {
  down: tf.Variable<tf.Rank.R2>;
  up: tf.Variable<tf.Rank.R2>;
  /** Of the adapter among all: every one drops entries of its own. */
  index: number;
}

export class LowRankAdapters {
  /** By PEFT's names: `….lora_A.weight` [rank, in] and `….lora_B.weight` [out, rank]. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** By the name of the weight that they stand beside. */
  private readonly matrices = new Map<string, AdapterMatrices>();

  /**
   * A is uniform in +-1/sqrt(in) (PyTorch's kaiming_uniform with a = sqrt(5)), B is 0: at the start the model is the base model.
   * @throws UserError "bad-model" when the model has no layer of a target's name.
   */
  constructor(
    decoder: Decoder,
    readonly config: LoraConfig,
    random: Random,
  ) {
    const parameters = new Map<string, tf.Variable>();
    for (const [weight, { shape }] of decoder.parameters) {
      if (!config.targets.some((target) => weight.endsWith(`.${target}.weight`))) continue;
      const [out, input] = shape as [number, number];
      const down = variable(uniform(random, config.rank * input, 1 / Math.sqrt(input)), [config.rank, input]);
      const up = variable(new Float32Array(out * config.rank), [out, config.rank]);
      parameters.set(adapterName(weight, "lora_A"), down);
      parameters.set(adapterName(weight, "lora_B"), up);
      this.matrices.set(weight, { down, up, index: this.matrices.size });
    }
    this.parameters = parameters;
    this.requireTargets();
  }

  get scale(): number {
    return this.config.alpha / this.config.rank;
  }

  /** The adapter beside a weight; undefined: none. `dropoutSeed`, 32 bits, decides what is dropped; null: nothing is. */
  beside(weight: string, dropoutSeed: number | null): Adapter | undefined {
    const matrices = this.matrices.get(weight);
    if (!matrices) return undefined;
    const { down, up, index } = matrices;
    const rate = this.config.dropout;
    const dropout =
      rate === 0 || dropoutSeed === null
        ? null
        : { rate, key: (dropoutSeed + Math.imul(index, 0x9e3779b1)) >>> 0 };
    return { down, up, scale: this.scale, dropout };
  }

  /** Replaces the values of one of `parameters`. */
  assign(name: string, values: Float32Array): void {
    const parameter = this.parameters.get(name)!;
    tf.tidy(() => parameter.assign(tf.tensor(values, parameter.shape, "float32")));
  }

  /** `values` [out, in] of a weight + scale * B A; as they are where no adapter stands beside it. */
  async merge(weight: string, values: Float32Array): Promise<Float32Array> {
    const matrices = this.matrices.get(weight);
    if (!matrices) return values;
    const { up, down } = matrices;
    const merged = tf.tidy(() => {
      const product: tf.Tensor2D = tf.matMul(up, down);
      return tf.add(tf.tensor2d(values, product.shape), tf.mul(product, this.scale));
    });
    try {
      return await merged.data<"float32">();
    } finally {
      merged.dispose();
    }
  }

  dispose(): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
  }

  private requireTargets(): void {
    const missing = this.config.targets.find(
      (target) => ![...this.matrices.keys()].some((weight) => weight.endsWith(`.${target}.weight`)),
    );
    if (missing === undefined) return;
    this.dispose();
    throw new UserError(
      "bad-model",
      `The model has no linear layer "${missing}" that an adapter could stand beside.`,
      "Correct `targets` of the model's `lora`.",
    );
  }
}

/** `model.layers.0.self_attn.q_proj.weight` is `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` in PEFT. */
function adapterName(weight: string, matrix: "lora_A" | "lora_B"): string {
  return `base_model.model.${weight.replace(/\.weight$/, "")}.${matrix}.weight`;
}

function uniform(random: Random, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.next() - 1) * bound);
}

function variable(values: Float32Array, shape: [number, number]): tf.Variable<tf.Rank.R2> {
  const value = tf.tensor2d(values, shape);
  const parameter = tf.variable(value);
  value.dispose();
  return parameter;
}
