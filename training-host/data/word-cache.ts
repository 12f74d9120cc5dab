const MOST_WORDS = 200_000;
/** Longer words hardly come twice. */
const LONGEST_WORD = 64;

/** The tokens of words that were met before, within a bound of memory. */
export class WordCache {
  readonly #words = new Map<string, readonly number[]>();

  get(word: string): readonly number[] | undefined {
    return this.#words.get(word);
  }

  add(word: string, ids: readonly number[]): void {
    if (word.length > LONGEST_WORD || this.#words.has(word)) return;
    if (this.#words.size >= MOST_WORDS) this.#words.clear();
    // A slice keeps the whole text that it was cut from in memory; a slice of a copy keeps the copy.
    this.#words.set(` ${word}`.slice(1), ids);
  }
}
