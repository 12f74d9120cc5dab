import * as fs from "node:fs";
import * as path from "node:path";

/** What is looked at, at once. */
export const PIECE = 2 * 2 ** 20;

const PAGE = 2 ** 16;
/** Room of a piece and of what a vector reads beyond it. */
const ROOM = PIECE + PAGE;
/** Two pieces to read into, one to copy into, and the offsets of as many line ends as a piece can have. */
const [COPY, ENDS] = [2 * ROOM, 3 * ROOM];
const BYTES = ENDS + 4 * PIECE;

interface Exports {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  findLineEnds(input: number, length: number, output: number): number;
  linesWithBlankStart(): number;
}

/** Compiled once per thread; null where it is not there, as in a checkout that was not built. */
let compiled: WebAssembly.Module | null | undefined;
let shared: LineEndFinder | undefined;
const idle: LineEndFinder[] = [];

/**
 * Finds line ends by our kernel (assembly/line-ends.ts), 64 bytes at a time: by `Buffer.indexOf`, whose every call costs some 50 ns,
 * indexing short rows would take four times as long as reading them. Falls back on that where there is no kernel.
 */
export class LineEndFinder {
  readonly #exports: Exports | null;
  /** Pieces that are read into these need not be copied. */
  readonly buffers: readonly [Buffer, Buffer];

  /** Whether a line behind one of the ends found last may be blank. */
  mayBeBlank = true;

  private constructor() {
    this.#exports = instantiate();
    const memory = this.#exports?.memory.buffer;
    const room = (start: number) =>
      memory ? Buffer.from(memory, start, PIECE) : Buffer.allocUnsafeSlow(PIECE);
    this.buffers = [room(0), room(ROOM)];
  }

  /** For pieces that lie elsewhere: its buffers are nobody's. */
  static shared(): LineEndFinder {
    shared ??= new LineEndFinder();
    return shared;
  }

  /** One whose buffers nobody else uses; `release` it. */
  static take(): LineEndFinder {
    return idle.pop() ?? new LineEndFinder();
  }

  release(): void {
    idle.push(this);
  }

  /** Offsets in the piece (of at most PIECE bytes), ascending. Valid until the next call. */
  find(piece: Uint8Array): Uint32Array {
    if (this.#exports === null) return Uint32Array.from(byIndexOf(piece));
    const { memory, findLineEnds } = this.#exports;
    let input = piece.byteOffset;
    if (piece.buffer !== memory.buffer) {
      new Uint8Array(memory.buffer).set(piece, COPY);
      input = COPY;
    }
    const count = findLineEnds(input, piece.length, ENDS);
    this.mayBeBlank = this.#exports.linesWithBlankStart() > 0;
    return new Uint32Array(memory.buffer, ENDS, count);
  }
}

function* byIndexOf(piece: Uint8Array): Generator<number> {
  for (let at = piece.indexOf(0x0a); at !== -1; at = piece.indexOf(0x0a, at + 1)) yield at;
}

function instantiate(): Exports | null {
  compiled ??= compile();
  if (compiled === null) return null;
  const exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
  const missing = BYTES - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
  return exports;
}

function compile(): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(fs.readFileSync(path.join(__DIST__, "wasm/line-ends.wasm")));
  } catch {
    return null;
  }
}
