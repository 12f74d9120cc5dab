import { Random } from "../random";

/** Where a cursor stands. The order itself is not kept: it follows from the seed, the dataset's name and the epoch. */
export interface CursorState {
  epoch: number;
  /** Examples already drawn in this epoch. */
  position: number;
}

/** Goes through a dataset's examples, each once per epoch, in a seeded order that differs from epoch to epoch. */
export class DatasetCursor {
  readonly #size: number;
  readonly #seed: number;
  readonly #name: string;
  #epoch = 0;
  #position = 0;
  #order: Uint32Array;

  constructor(name: string, size: number, seed: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`A cursor needs at least one example, not ${size}.`);
    }
    this.#size = size;
    this.#seed = seed;
    this.#name = name;
    this.#order = this.#orderOf(0);
  }

  /** Index of the next example. */
  next(): number {
    if (this.#position === this.#size) {
      this.#epoch++;
      this.#position = 0;
      this.#order = this.#orderOf(this.#epoch);
    }
    return this.#order[this.#position++]!;
  }

  /** Passes over the dataset so far, as a fraction. */
  get epochs(): number {
    return (this.#epoch * this.#size + this.#position) / this.#size;
  }

  state(): CursorState {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Throws RangeError for a state that does not belong to a dataset of this size. */
  restore({ epoch, position }: CursorState): void {
    const valid = Number.isInteger(epoch) && Number.isInteger(position) && epoch >= 0 && position >= 0;
    if (!valid || position > this.#size) {
      throw new RangeError(
        `Epoch ${epoch}, position ${position} is no place in a dataset of ${this.#size} examples.`,
      );
    }
    this.#epoch = epoch;
    this.#position = position;
    this.#order = this.#orderOf(epoch);
  }

  /** 4 bytes per example: all that a large dataset takes while it is drawn from. */
  #orderOf(epoch: number): Uint32Array {
    const order = Uint32Array.from({ length: this.#size }, (_, index) => index);
    new Random(this.#seed, `order of ${this.#name} in epoch ${epoch}`).shuffle(order);
    return order;
  }
}
