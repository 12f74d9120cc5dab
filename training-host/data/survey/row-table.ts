import type { RowHash } from "./row-identity";

const SMALLEST = 1024;
/** Of the places that are taken, before the table grows. */
const FULLEST = 0.6;

/** 64-bit hashes to a number each: 12 bytes per place, where a Map of strings would take ten times as much. */
export class RowTable {
  #high = new Uint32Array(SMALLEST);
  #low = new Uint32Array(SMALLEST);
  /** The number + 1; 0: the place is free. */
  #number = new Uint32Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number that the hash has; it gets `number` (below 2^32 - 1) when it has none yet, and the answer is null. */
  add(hash: RowHash, number: number): number | null {
    const place = this.#find(hash);
    if (this.#number[place] !== 0) return this.#number[place]! - 1;
    this.#put(place, hash, number + 1);
    if (++this.#size > this.#number.length * FULLEST) this.#grow();
    return null;
  }

  get(hash: RowHash): number | null {
    const number = this.#number[this.#find(hash)]!;
    return number === 0 ? null : number - 1;
  }

  /** The hash's place, or the free place that it would get. */
  #find({ high, low }: RowHash): number {
    const mask = this.#number.length - 1;
    let place = (low ^ (high >>> 16)) & mask;
    while (this.#number[place] !== 0 && (this.#low[place] !== low || this.#high[place] !== high))
      place = (place + 1) & mask;
    return place;
  }

  #put(place: number, { high, low }: RowHash, stored: number): void {
    this.#high[place] = high;
    this.#low[place] = low;
    this.#number[place] = stored;
  }

  #grow(): void {
    const [high, low, number] = [this.#high, this.#low, this.#number];
    const length = number.length * 2;
    this.#high = new Uint32Array(length);
    this.#low = new Uint32Array(length);
    this.#number = new Uint32Array(length);
    for (let place = 0; place < number.length; place++) {
      if (number[place] === 0) continue;
      const hash = { high: high[place]!, low: low[place]! };
      this.#put(this.#find(hash), hash, number[place]!);
    }
  }
}
