/**
 * Seeded random numbers that are the same on every machine: xoshiro128** (Blackman & Vigna 2018), 128 bits of state.
 * Every user of randomness gets a generator of its own (`new Random(seed, "what for")`), so that drawing more numbers in one
 * place changes nothing in another. The state is JSON and goes into checkpoints.
 */

/** Four unsigned 32-bit words, not all 0. */
export interface RandomState {
  readonly words: [number, number, number, number];
}

const TWO_32 = 2 ** 32;

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed` is any finite number; different `stream`s of one seed are independent. */
  constructor(seed: number, stream = "") {
    [this.#a, this.#b, this.#c, this.#d] = wordsOf(seed, stream);
  }

  /** Uniform in [0, 1), with 53 random bits. */
  next(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform in 0 .. below - 1, without bias; `below` is a whole number from 1 to 2^32. Throws RangeError otherwise. */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > TWO_32) {
      throw new RangeError(`Random.integer needs a whole number from 1 to 2^32, not ${below}.`);
    }
    // The words from `limit` up would make the first remainders more frequent than the last.
    const limit = TWO_32 - (TWO_32 % below);
    let word = this.#word();
    while (word >= limit) word = this.#word();
    return word % below;
  }

  /** Standard normal (Box-Muller; the second value is dropped so that the state stays four words). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Fisher-Yates, in place. */
  shuffle<T>(items: { [index: number]: T; readonly length: number }): void {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const held = items[last] as T;
      items[last] = items[other] as T;
      items[other] = held;
    }
  }

  state(): RandomState {
    return { words: [this.#a, this.#b, this.#c, this.#d] };
  }

  /** Throws RangeError for a state that no generator can have. */
  static restore(state: RandomState): Random {
    const words = state.words;
    const valid =
      words.length === 4 && words.every((word) => Number.isInteger(word) && word >= 0 && word < TWO_32);
    if (!valid || words.every((word) => word === 0)) {
      throw new RangeError("A random generator's state is four unsigned 32-bit words that are not all 0.");
    }
    const random = new Random(0);
    [random.#a, random.#b, random.#c, random.#d] = words;
    return random;
  }

  /** The next 32 bits, unsigned. */
  #word(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    this.#a >>>= 0;
    this.#b >>>= 0;
    this.#c >>>= 0;
    this.#d >>>= 0;
    return result;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four words from seed and stream: a 32-bit hash of the text, stretched by a counter through MurmurHash3's finaliser. */
function wordsOf(seed: number, stream: string): [number, number, number, number] {
  const text = `${seed}/${stream}`;
  const words: [number, number, number, number] = [0, 0, 0, 0];
  for (let index = 0; index < 4; index++) {
    let hash = Math.imul(index + 1, 0x9e3779b1);
    for (let position = 0; position < text.length; position++) {
      hash = Math.imul(hash ^ text.charCodeAt(position), 0xcc9e2d51);
      hash = rotateLeft(hash, 13) + 0xe6546b64;
    }
    words[index] = finalise(hash ^ text.length);
  }
  if (words.every((word) => word === 0)) words[0] = 1;
  return words;
}

/** MurmurHash3's 32-bit finaliser: every input bit reaches every output bit. */
function finalise(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
