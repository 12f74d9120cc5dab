const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const EPSILON = 1e-8;

/** Steps taken, and the moments' running means in the parameters' layout. */
export interface AdamState {
  readonly steps: number;
  readonly first: number[];
  readonly second: number[];
}

/** Adam in float64, ascending (Kingma & Ba 2015; beta 0.9 and 0.999, eps 1e-8, no decay), for the scorer's few parameters. */
export class Adam {
  #steps = 0;
  #first: Float64Array;
  #second: Float64Array;

  constructor(size: number) {
    this.#first = new Float64Array(size);
    this.#second = new Float64Array(size);
  }

  /** One step of size about `lr` per parameter along `gradient` [size], in place. */
  ascend(parameters: Float64Array, gradient: Float64Array, lr: number): void {
    this.#steps++;
    const firstCorrection = 1 - FIRST_DECAY ** this.#steps;
    const secondCorrection = 1 - SECOND_DECAY ** this.#steps;
    for (let index = 0; index < parameters.length; index++) {
      const slope = gradient[index]!;
      const first = FIRST_DECAY * this.#first[index]! + (1 - FIRST_DECAY) * slope;
      const second = SECOND_DECAY * this.#second[index]! + (1 - SECOND_DECAY) * slope * slope;
      this.#first[index] = first;
      this.#second[index] = second;
      const scale = Math.sqrt(second / secondCorrection) + EPSILON;
      parameters[index] = parameters[index]! + (lr * (first / firstCorrection)) / scale;
    }
  }

  state(): AdamState {
    return { steps: this.#steps, first: Array.from(this.#first), second: Array.from(this.#second) };
  }

  /** Throws RangeError when the state is not of this size. */
  restore(state: AdamState): void {
    if (state.first.length !== this.#first.length || state.second.length !== this.#second.length) {
      throw new RangeError("The Adam moments do not fit the scorer's parameters.");
    }
    this.#steps = state.steps;
    this.#first = Float64Array.from(state.first);
    this.#second = Float64Array.from(state.second);
  }
}
