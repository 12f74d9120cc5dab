import { exampleSize } from "./example-bytes";

/** Offsets in between are added up. */
const MARK_EVERY = 64;

/** Where examples that lie end to end begin: 4 bytes each, and 8 for every 64. */
export class ExampleOffsets {
  /** [size] tokens of each; those from `count` on are not known yet. */
  readonly lengths: Uint32Array;
  readonly #marks: Float64Array;
  #count = 0;
  #end = 0;

  constructor(size: number) {
    this.lengths = new Uint32Array(size);
    this.#marks = new Float64Array(Math.ceil(size / MARK_EVERY));
  }

  /** Examples that are there. */
  get count(): number {
    return this.#count;
  }

  /** Where the last of them ends. */
  get end(): number {
    return this.#end;
  }

  append(lengths: Uint32Array): void {
    for (const length of lengths) {
      if (this.#count % MARK_EVERY === 0) this.#marks[this.#count / MARK_EVERY] = this.#end;
      this.lengths[this.#count++] = length;
      this.#end += exampleSize(length);
    }
  }

  /** 0 <= index < count. */
  of(index: number): number {
    const mark = Math.floor(index / MARK_EVERY);
    let offset = this.#marks[mark]!;
    for (let before = mark * MARK_EVERY; before < index; before++)
      offset += exampleSize(this.lengths[before]!);
    return offset;
  }
}
