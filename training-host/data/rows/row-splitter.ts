/** No text file has such lines, and a longer one could not become a string anyway. */
export const LONGEST_LINE = 64 * 2 ** 20;

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A line that is not blank. */
export interface RawRow {
  /** Without line end and byte order mark; null: longer than LONGEST_LINE. */
  bytes: Uint8Array | null;
  /** The row's number in the file, from 0. */
  row: number;
  /** The line's number in the file, from 1: blank lines count here. */
  line: number;
  /** Offset of the byte behind the line and its end. */
  end: number;
}

/** Where a splitter begins: at the start of a line. */
export interface SplitterStart {
  offset: number;
  row: number;
  line: number;
}

/** Finds the rows in consecutive pieces of a file of lines. Keeps no more than one line of earlier pieces. */
export class RowSplitter {
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  #lineStart: number;
  #row: number;
  #line: number;

  constructor({ offset, row, line }: SplitterStart = { offset: 0, row: 0, line: 1 }) {
    this.#lineStart = offset;
    this.#row = row;
    this.#line = line;
  }

  /** The rows that end in this piece. The pieces must follow one another without a gap. */
  *rows(piece: Uint8Array): Generator<RawRow> {
    let start = 0;
    for (let lineEnd = piece.indexOf(LF); lineEnd !== -1; lineEnd = piece.indexOf(LF, start)) {
      const row = this.#endLine(piece.subarray(start, lineEnd), 1);
      start = lineEnd + 1;
      if (row !== null) yield row;
    }
    if (start < piece.length) this.#keep(piece.subarray(start));
  }

  /** The last row, where the file does not end with a line end. */
  last(): RawRow | null {
    return this.#pendingLength === 0 ? null : this.#endLine(new Uint8Array(0), 0);
  }

  #keep(part: Uint8Array): void {
    this.#pendingLength += part.length;
    if (this.#pendingLength > LONGEST_LINE) this.#pending = [];
    else this.#pending.push(part);
  }

  #endLine(part: Uint8Array, lineEnd: 0 | 1): RawRow | null {
    const length = this.#pendingLength + part.length;
    const line = this.#line++;
    const first = this.#lineStart;
    this.#lineStart += length + lineEnd;
    const bytes = length > LONGEST_LINE ? null : this.#join(part);
    this.#pending = [];
    this.#pendingLength = 0;
    if (bytes !== null && isBlank(bytes, first)) return null;
    return {
      bytes: bytes === null ? null : bare(bytes, first),
      row: this.#row++,
      line,
      end: this.#lineStart,
    };
  }

  #join(last: Uint8Array): Uint8Array {
    return this.#pending.length === 0 ? last : Buffer.concat([...this.#pending, last]);
  }
}

/** Whether a line holds nothing but white space (and the file's byte order mark); `offset` is where in the file it starts. */
export function isBlank(line: Uint8Array, offset: number): boolean {
  for (let index = 0; index < line.length; index++) {
    if (!isBlankByte(line[index]!, offset + index)) return false;
  }
  return true;
}

/** White space of JSON, or a byte of the byte order mark where it can stand. */
export function isBlankByte(byte: number, offset: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === CR || (offset < 3 && byte === BYTE_ORDER_MARK[offset]);
}

/** Without CR and byte order mark. */
function bare(line: Uint8Array, offset: number): Uint8Array {
  const marked = offset === 0 && BYTE_ORDER_MARK.every((byte, index) => line[index] === byte);
  return line.subarray(marked ? 3 : 0, line.at(-1) === CR ? -1 : undefined);
}
