import type { Random } from "../random";
import type { Scorer } from "./scorer";

/** The paper does not name the hidden layer's activation; ours is tanh. */
export type Activation = "tanh" | "relu";

/** Matrices row-major: W1 [inputs, hidden], b1 [hidden], W2 [hidden, N], b2 [N]. */
export interface PerceptronWeights {
  readonly W1: ArrayLike<number>;
  readonly b1: ArrayLike<number>;
  readonly W2: ArrayLike<number>;
  readonly b2: ArrayLike<number>;
}

/**
 * The paper's "fully connected 2-layer perceptron" (section 3.1): h = act(x W1 + b1), z = h W2 + b2.
 * x [inputs] says which datasets are accessible: all of them, so ones.
 */
export class PerceptronScorer implements Scorer {
  readonly parameters: Float64Array;
  readonly #x: Float64Array;
  readonly #hidden: number;
  readonly #outputs: number;
  readonly #activation: Activation;
  readonly #gradient: Float64Array;

  constructor(x: ArrayLike<number>, weights: PerceptronWeights, activation: Activation = "tanh") {
    this.#x = Float64Array.from(x);
    this.#hidden = weights.b1.length;
    this.#outputs = weights.b2.length;
    this.#activation = activation;
    this.parameters = Float64Array.from(
      [weights.W1, weights.b1, weights.W2, weights.b2].flatMap((part) => Array.from(part)),
    );
    if (this.parameters.length !== this.#outputsAt() + this.#outputs) {
      throw new RangeError("The perceptron's weights do not fit each other's shapes.");
    }
    this.#gradient = new Float64Array(this.parameters.length);
  }

  /**
   * W2 = 0 and b2 = `logits` [N], so that p at the start is softmax(logits) whatever the hidden layer is;
   * the hidden layer is uniform in +-1/sqrt(N), the usual start of a linear layer (PyTorch's).
   */
  static starting(logits: Float64Array, hidden: number, random: Random): PerceptronScorer {
    const inputs = logits.length;
    const bound = 1 / Math.sqrt(inputs);
    const uniform = (length: number) => Float64Array.from({ length }, () => (2 * random.next() - 1) * bound);
    return new PerceptronScorer(new Float64Array(inputs).fill(1), {
      W1: uniform(inputs * hidden),
      b1: uniform(hidden),
      W2: new Float64Array(hidden * inputs),
      b2: logits,
    });
  }

  logits(): Float64Array {
    const h = this.#hiddenLayer();
    const { parameters } = this;
    const outputs = this.#outputs;
    const secondAt = this.#secondAt();
    const z = parameters.slice(this.#outputsAt());
    for (let unit = 0; unit < h.length; unit++) {
      const row = secondAt + unit * outputs;
      for (let output = 0; output < outputs; output++) z[output]! += h[unit]! * parameters[row + output]!;
    }
    return z;
  }

  gradient(dz: Float64Array): Float64Array {
    const h = this.#hiddenLayer();
    const { parameters } = this;
    const gradient = this.#gradient;
    const hidden = this.#hidden;
    const outputs = this.#outputs;
    const secondAt = this.#secondAt();
    for (let unit = 0; unit < hidden; unit++) {
      const row = secondAt + unit * outputs;
      let dh = 0;
      for (let output = 0; output < outputs; output++) {
        gradient[row + output] = h[unit]! * dz[output]!;
        dh += dz[output]! * parameters[row + output]!;
      }
      // d(act)/d(pre-activation), from the activation's value.
      const slope = this.#activation === "tanh" ? 1 - h[unit]! * h[unit]! : h[unit]! > 0 ? 1 : 0;
      const da = dh * slope;
      gradient[this.#x.length * hidden + unit] = da;
      for (let input = 0; input < this.#x.length; input++) {
        gradient[input * hidden + unit] = this.#x[input]! * da;
      }
    }
    gradient.set(dz, this.#outputsAt());
    return gradient;
  }

  /** h [hidden] */
  #hiddenLayer(): Float64Array {
    const { parameters } = this;
    const hidden = this.#hidden;
    const firstBiasAt = this.#x.length * hidden;
    const h = parameters.slice(firstBiasAt, firstBiasAt + hidden);
    for (let input = 0; input < this.#x.length; input++) {
      const row = input * hidden;
      for (let unit = 0; unit < hidden; unit++) h[unit]! += this.#x[input]! * parameters[row + unit]!;
    }
    const activate = this.#activation === "tanh" ? Math.tanh : (value: number) => Math.max(0, value);
    return h.map(activate);
  }

  /** Where W2 begins in `parameters`. */
  #secondAt(): number {
    return (this.#x.length + 1) * this.#hidden;
  }

  /** Where b2 begins. */
  #outputsAt(): number {
    return this.#secondAt() + this.#hidden * this.#outputs;
  }
}
