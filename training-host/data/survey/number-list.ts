const SMALLEST = 256;

/** A list of unsigned 32-bit numbers that grows: 4 to 8 bytes each. */
export class NumberList {
  #numbers = new Uint32Array(SMALLEST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Uint32Array(this.#length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }

  /** A copy of exactly the numbers. */
  toArray(): Uint32Array {
    return this.#numbers.slice(0, this.#length);
  }
}
