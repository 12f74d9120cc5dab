/** What a data worker tells without sending: that it goes on, and at which row it is. It is what remains to be read when it dies. */

const COUNT = 0;
const BUSY = 1;
const LENGTH = 2;
const NUMBERS = 3;
const LONGEST_PLACE = 512;

export class Pulse {
  readonly #numbers: Int32Array;
  readonly #place: Buffer;

  constructor(readonly memory = new SharedArrayBuffer(4 * NUMBERS + LONGEST_PLACE)) {
    this.#numbers = new Int32Array(memory, 0, NUMBERS);
    this.#place = Buffer.from(memory, 4 * NUMBERS);
  }

  /** The worker begins with the row that stands at `place`. */
  beat(place: string): void {
    Atomics.store(this.#numbers, LENGTH, this.#place.write(place, 0, "utf8"));
    Atomics.store(this.#numbers, BUSY, 1);
    Atomics.add(this.#numbers, COUNT, 1);
  }

  /** The worker is done with its rows. */
  rest(): void {
    Atomics.store(this.#numbers, BUSY, 0);
  }

  /** Rows so far; null while the worker is at none. */
  get count(): number | null {
    return Atomics.load(this.#numbers, BUSY) === 1 ? Atomics.load(this.#numbers, COUNT) : null;
  }

  /** The row that the worker is at; null: none. */
  get place(): string | null {
    if (Atomics.load(this.#numbers, BUSY) === 0) return null;
    return this.#place.toString("utf8", 0, Atomics.load(this.#numbers, LENGTH));
  }
}
