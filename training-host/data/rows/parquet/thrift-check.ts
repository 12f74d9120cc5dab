import { DamagedParquet } from "./damaged-parquet";

/** Values of one structure: a footer of 1000 row groups of 60 columns has some 2 million. */
const MOST_VALUES = 2 ** 22;
const DEEPEST = 24;
/** Bytes of a variable-length integer of 64 bits. */
const LONGEST_INTEGER = 10;

/**
 * Walks over one structure in Thrift's compact protocol (as far as Parquet uses it) without building it, so that hyparquet, which
 * trusts lengths and depths, gets only what fits into its bytes. Returns where it ends; null: not within these bytes.
 * Throws DamagedParquet.
 */
export function thriftEnd(bytes: Uint8Array, start: number): number | null {
  const walker = new ThriftWalker(bytes, start);
  try {
    walker.struct(0);
  } catch (error) {
    if (error instanceof OutOfBytes) return null;
    throw error;
  }
  return walker.offset;
}

class OutOfBytes extends Error {}

class ThriftWalker {
  #values = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public offset: number,
  ) {}

  struct(depth: number): void {
    if (depth > DEEPEST) throw new DamagedParquet("its metadata is nested too deeply");
    for (;;) {
      const byte = this.#byte();
      if ((byte & 0x0f) === 0) return;
      if (byte >> 4 === 0) this.#integer();
      this.#value(byte & 0x0f, depth, false);
    }
  }

  #value(type: number, depth: number, inList: boolean): void {
    if (++this.#values > MOST_VALUES) throw new DamagedParquet("its metadata has millions of values");
    switch (type) {
      case 1:
      case 2:
        // A field's boolean is in its type.
        if (inList) this.#byte();
        return;
      case 3:
        this.#byte();
        return;
      case 4:
      case 5:
      case 6:
        this.#integer();
        return;
      case 7:
        this.#skip(8);
        return;
      case 8:
        this.#skip(this.#integer());
        return;
      case 9:
        this.#list(depth);
        return;
      case 12:
        this.struct(depth + 1);
        return;
      default:
        throw new DamagedParquet("its metadata is no Thrift structure");
    }
  }

  #list(depth: number): void {
    if (depth > DEEPEST) throw new DamagedParquet("its metadata is nested too deeply");
    const byte = this.#byte();
    const size = byte >> 4 === 15 ? this.#integer() : byte >> 4;
    // Every element takes a byte at least.
    if (size > this.bytes.length - this.offset) throw new OutOfBytes();
    for (let index = 0; index < size; index++) this.#value(byte & 0x0f, depth + 1, true);
  }

  #byte(): number {
    if (this.offset >= this.bytes.length) throw new OutOfBytes();
    return this.bytes[this.offset++]!;
  }

  /** Unsigned; only its size is right beyond 2^53. */
  #integer(): number {
    let value = 0;
    for (let index = 0; index < LONGEST_INTEGER; index++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new DamagedParquet("its metadata has an integer of more than 64 bits");
  }

  #skip(bytes: number): void {
    if (bytes > this.bytes.length - this.offset) throw new OutOfBytes();
    this.offset += bytes;
  }
}
