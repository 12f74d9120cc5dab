/** Memory that a frame may ask for: what `zstd -d` grants. (`zstd --long=27`; without it, no level asks for more than 8 MiB.) */
const LARGEST_WINDOW = 128 * 2 ** 20;

/** RFC 8878, 3.1.1.2.4. */
const LARGEST_BLOCK = 128 * 2 ** 10;

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

export interface FramePart {
  bytes: Buffer;
  endsFrame: boolean;
}

/**
 * Walks over the frames of a Zstandard stream (RFC 8878, 3.1) without decompressing them, to refuse what asks for too much memory
 * and what ends too early: the decompressor in JavaScript does neither. Throws Error.
 */
export class ZstdFrames {
  /** Bytes of a header that is not complete yet. */
  #header: number[] = [];
  /** Bytes of content still to be passed over. */
  #skip = 0;
  #within: "frame header" | "block header" | "checksum" = "frame header";
  #hasChecksum = false;
  #isSkippable = false;
  /** Of a frame whose header has not come wholly. */
  #begun: Buffer = Buffer.alloc(0);

  /** The piece, cut where a frame ends, and without skippable frames (which hold what is nobody's data). */
  *parts(piece: Buffer): Generator<FramePart> {
    const bytes = this.#begun.length === 0 ? piece : Buffer.concat([this.#begun, piece]);
    let start = 0;
    for (let index = this.#begun.length; index < bytes.length; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - index);
        this.#skip -= step;
        index += step;
      } else {
        this.#header.push(bytes[index++]!);
        this.#takeHeader();
      }
      if (!this.#isBetween) continue;
      if (!this.#isSkippable) yield { bytes: bytes.subarray(start, index), endsFrame: true };
      start = index;
    }
    // What kind of frame begins is told by its header.
    this.#begun =
      this.#within === "frame header" && this.#skip === 0 ? bytes.subarray(start) : Buffer.alloc(0);
    const rest = bytes.subarray(start);
    if (this.#begun.length === 0 && rest.length > 0 && !this.#isSkippable)
      yield { bytes: rest, endsFrame: false };
  }

  get #isBetween(): boolean {
    return this.#within === "frame header" && this.#header.length === 0 && this.#skip === 0;
  }

  /** Throws Error "unexpected end" inside of a frame. */
  end(): void {
    if (!this.#isBetween) throw new Error("unexpected end");
  }

  #takeHeader(): void {
    if (this.#within === "frame header") this.#takeFrameHeader();
    else if (this.#within === "block header") this.#takeBlockHeader();
    else if (this.#header.length === 4) this.#next("frame header");
  }

  #next(within: "frame header" | "block header" | "checksum"): void {
    this.#header = [];
    this.#within = within;
  }

  #takeFrameHeader(): void {
    const header = this.#header;
    if (header.length < 5) return;
    const magic = littleEndian(header, 0, 4);
    this.#isSkippable = magic - (magic % 16) === SKIPPABLE;
    if (this.#isSkippable) {
      if (header.length < 8) return;
      this.#skip = littleEndian(header, 4, 4);
      this.#next("frame header");
      return;
    }
    if (magic !== MAGIC) throw new Error("it does not begin as a frame does");
    const flags = header[4]!;
    const single = (flags & 0x20) !== 0;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
    const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
    if (header.length < 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes) return;
    if (dictionaryBytes > 0 && littleEndian(header, single ? 5 : 6, dictionaryBytes) !== 0) {
      throw new Error("it needs a dictionary");
    }
    const window = single ? littleEndian(header, 5 + dictionaryBytes, sizeBytes) : windowSize(header[5]!);
    if (window > LARGEST_WINDOW) throw new Error("it needs a window of more than 128 MiB");
    this.#hasChecksum = (flags & 4) !== 0;
    this.#next("block header");
  }

  #takeBlockHeader(): void {
    if (this.#header.length < 3) return;
    const header = littleEndian(this.#header, 0, 3);
    const last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > LARGEST_BLOCK) throw new Error("it has a malformed block");
    // A block of one repeated byte.
    this.#skip = type === 1 ? 1 : size;
    this.#next(last ? (this.#hasChecksum ? "checksum" : "frame header") : "block header");
  }
}

/** RFC 8878, 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function littleEndian(bytes: readonly number[], start: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + bytes[start + index]!;
  return value;
}
