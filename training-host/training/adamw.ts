/** AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), on all trained parameters of a model. */
import * as tf from "@tensorflow/tfjs-core";
import type { CausalLm } from "../model/causal-lm";
import type { NamedTensor } from "../model/checkpoint/safetensors";
import type { Backend } from "../tensor/backend";
import type { AdamWStep } from "../tensor/operations";
import { clipCoefficient } from "./clip";

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  /** Added to the root of the second moment. */
  eps: number;
  /** Decay per step = learning rate * weightDecay, also on norms and embeddings. */
  weightDecay: number;
}

const STEP = "step";

export class AdamW {
  private readonly firstMoments = new Map<string, tf.Variable>();
  private readonly secondMoments = new Map<string, tf.Variable>();
  private steps = 0;

  constructor(
    private readonly model: CausalLm,
    private readonly backend: Backend,
    private readonly options: AdamWOptions,
  ) {
    for (const [name, parameter] of model.trained) {
      this.firstMoments.set(name, zerosLike(parameter));
      this.secondMoments.set(name, zerosLike(parameter));
    }
  }

  /**
   * Moves the parameters by the model's accumulated gradients, clipped to a global norm of `clip` (null: not clipped), and
   * clears those. Returns the norm before clipping.
   */
  async step(learningRate: number, clip: number | null): Promise<{ gradientNorm: number }> {
    const gradientNorm = await this.gradientNorm();
    const step = this.prepare(learningRate, clipCoefficient(gradientNorm, clip));
    for (const [name, parameter] of this.model.trained) {
      const gradient = this.model.gradients.get(name) ?? tf.zerosLike(parameter);
      this.backend.operations.adamw(
        parameter,
        gradient,
        this.firstMoments.get(name)!,
        this.secondMoments.get(name)!,
        step,
      );
      gradient.dispose();
    }
    this.model.clearGradients();
    return { gradientNorm };
  }

  /** Moments by parameter (`first/<name>`, `second/<name>`) and the number of steps (`step`), for a checkpoint. */
  state(): NamedTensor[] {
    const moments = [...this.moments()].map(([name, moment]) => ({
      name,
      shape: [moment.size],
      values: () => moment.data<"float32">(),
    }));
    return [{ name: STEP, shape: [1], values: () => Float32Array.of(this.steps) }, ...moments];
  }

  /** Takes up a `state()` of the same model, asked for one tensor after the other. Throws RangeError when it does not fit. */
  restore(state: Pick<ReadonlyMap<string, Float32Array>, "get">): void {
    for (const [key, moment] of this.moments()) {
      const values = state.get(key);
      if (values?.length !== moment.size)
        throw new RangeError(
          `optimizer state "${key}" has ${values?.length ?? 0} values, expected ${moment.size}`,
        );
      tf.tidy(() => moment.assign(tf.tensor(values, moment.shape, "float32")));
    }
    const steps = state.get(STEP)?.[0];
    if (steps === undefined) throw new RangeError(`optimizer state has no "${STEP}"`);
    this.steps = steps;
  }

  dispose(): void {
    for (const [, moment] of this.moments()) moment.dispose();
  }

  private *moments(): Generator<[string, tf.Variable]> {
    for (const [name, moment] of this.firstMoments) yield [`first/${name}`, moment];
    for (const [name, moment] of this.secondMoments) yield [`second/${name}`, moment];
  }

  private async gradientNorm(): Promise<number> {
    const gradients = [...this.model.gradients.values()];
    return gradients.length === 0 ? 0 : Math.sqrt(await this.backend.operations.sumOfSquares(gradients));
  }

  private prepare(learningRate: number, gradientScale: number): AdamWStep {
    const { beta1, beta2, eps, weightDecay } = this.options;
    this.steps++;
    return {
      gradientScale,
      beta1,
      beta2,
      stepSize: learningRate / (1 - beta1 ** this.steps),
      secondCorrection: 1 / (1 - beta2 ** this.steps),
      epsilon: eps,
      decay: 1 - learningRate * weightDecay,
    };
  }
}

function zerosLike(parameter: tf.Tensor): tf.Variable {
  const zeros = tf.zerosLike(parameter);
  const variable = tf.variable(zeros, false);
  zeros.dispose();
  return variable;
}
