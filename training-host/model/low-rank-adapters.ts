/** LoRA (Hu et al. 2021): a trained low-rank matrix beside each of some frozen linear layers. Names and start are PEFT's. */
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../contracts/user-error";
import type { Random } from "../random";
import type { Adapter } from "../tensor/operations";
import type { Decoder } from "./decoder";

/** What PEFT's LoraConfig says of a plain LoRA. */
export interface AdapterConfig {
  rank: number;
  /** The adapter's product is multiplied by alpha / rank. */
  alpha: number;
  /** Share of the adapter's inputs that is set to 0 while training. */
  dropout: number;
  /** Names of linear layers, whole (`model.layers.0.self_attn.q_proj`) or their last parts (`q_proj`). */
  targets: readonly string[];
  /** The product is multiplied by alpha / sqrt(rank) instead (Kalajdzievski 2023). */
  rankStabilised?: boolean;
  /** Ranks and alphas of layers that have others, by their whole names. */
  ranks?: ReadonlyMap<string, number>;
  alphas?: ReadonlyMap<string, number>;
}

interface AdapterMatrices {
  down: tf.Variable<tf.Rank.R2>;
  up: tf.Variable<tf.Rank.R2>;
  scale: number;
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
   * Without `random` A is 0, too, until it is assigned.
   * @throws UserError "bad-model" when the model has no layer of a target's name.
   */
  constructor(
    decoder: Decoder,
    readonly config: AdapterConfig,
    random: Random | null,
  ) {
    const parameters = new Map<string, tf.Variable>();
    for (const [weight, { shape }] of adaptable(decoder)) {
      const layer = layerOf(weight);
      if (!config.targets.some((target) => isNamed(layer, target))) continue;
      const [out, input] = shape;
      const rank = config.ranks?.get(layer) ?? config.rank;
      const start = random ? uniform(random, rank * input, 1 / Math.sqrt(input)) : zeros(rank * input);
      const down = variable(start, [rank, input]);
      const up = variable(zeros(out * rank), [out, rank]);
      parameters.set(adapterName(layer, "lora_A"), down);
      parameters.set(adapterName(layer, "lora_B"), up);
      this.matrices.set(weight, { down, up, scale: scaleOf(config, layer), index: this.matrices.size });
    }
    this.parameters = parameters;
    this.requireTargets();
  }

  /** Whole names of the layers that have an adapter. */
  get layers(): string[] {
    return [...this.matrices.keys()].map(layerOf);
  }

  /** The adapter beside a weight; undefined: none. `dropoutSeed`, 32 bits, decides what is dropped; null: nothing is. */
  beside(weight: string, dropoutSeed: number | null): Adapter | undefined {
    const matrices = this.matrices.get(weight);
    if (!matrices) return undefined;
    const { down, up, scale, index } = matrices;
    const rate = this.config.dropout;
    const dropout =
      rate === 0 || dropoutSeed === null
        ? null
        : { rate, key: (dropoutSeed + Math.imul(index, 0x9e3779b1)) >>> 0 };
    return { down, up, scale, dropout };
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
    const { up, down, scale } = matrices;
    const merged = tf.tidy(() => {
      const product: tf.Tensor2D = tf.matMul(up, down);
      return tf.add(tf.tensor2d(values, product.shape), tf.mul(product, scale));
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
      (target) => !this.layers.some((layer) => isNamed(layer, target)),
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

/** The weights that an adapter can stand beside, with their shapes [out, in]: those of linear layers, but for the head. */
export function adaptable(decoder: Decoder): [weight: string, { shape: readonly [number, number] }][] {
  const { embedding, head, parameters } = decoder;
  return [...parameters].filter(
    ([name, { shape }]) => shape.length === 2 && name !== embedding && name !== head,
  ) as unknown as [string, { shape: readonly [number, number] }][];
}

/** What an adapter's product is multiplied by. */
export function scaleOf(
  { rank, alpha, rankStabilised, ranks, alphas }: AdapterConfig,
  layer: string,
): number {
  const ownRank = ranks?.get(layer) ?? rank;
  return (alphas?.get(layer) ?? alpha) / (rankStabilised ? Math.sqrt(ownRank) : ownRank);
}

/** The linear layer that a weight belongs to. */
export function layerOf(weight: string): string {
  return weight.replace(/\.weight$/, "");
}

/** `model.layers.0.self_attn.q_proj` has `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` in PEFT. */
export function adapterName(layer: string, matrix: "lora_A" | "lora_B"): string {
  return `base_model.model.${layer}.${matrix}.weight`;
}

function isNamed(layer: string, target: string): boolean {
  return layer === target || layer.endsWith(`.${target}`);
}

function uniform(random: Random, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.next() - 1) * bound);
}

function zeros(count: number): Float32Array {
  return new Float32Array(count);
}

function variable(values: Float32Array, shape: [number, number]): tf.Variable<tf.Rank.R2> {
  const value = tf.tensor2d(values, shape);
  const parameter = tf.variable(value);
  value.dispose();
  return parameter;
}
