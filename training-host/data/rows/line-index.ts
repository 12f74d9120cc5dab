import { LineEndFinder, PIECE } from "./line-end-finder";
import { isBlankByte, LONGEST_LINE, type SplitterStart } from "./row-splitter";

/**
 * Where rows start in a file of lines: every few rows, and nothing of the rows themselves. Structured-cloneable; some 24 bytes
 * for 32 KiB of file, and never more than 24 MiB.
 */
export interface LineIndex {
  /** Number of rows. */
  rows: number;
  /** Number of bytes. */
  bytes: number;
  /** Row numbers from 0, ascending. The first is 0 (where there is a row). */
  row: Float64Array;
  /** Offset of the line of `row[i]`. */
  offset: Float64Array;
  /** Line number of `row[i]`, from 1. */
  line: Float64Array;
}

/** Where the search for a row begins. `row` must be in the index's range. */
export function startOf(index: LineIndex, row: number): SplitterStart {
  let low = 0;
  let high = index.row.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (index.row[middle]! <= row) low = middle;
    else high = middle;
  }
  return { offset: index.offset[low]!, row: index.row[low]!, line: index.line[low]! };
}

/** An entry follows another after this much: what is read to get at one row. */
const ENTRY_BYTES = 32 * 2 ** 10;
const ENTRY_ROWS = 256;
const MOST_ENTRIES = 2 ** 20;

/** Makes the index of a file of lines out of its consecutive pieces. */
export class LineIndexer {
  #entries: { row: number[]; offset: number[]; line: number[] } = { row: [], offset: [], line: [] };
  #sparsity = 1;
  #bytes = 0;
  #rows = 0;
  #line = 1;
  /** Offset of the present line. */
  #lineStart = 0;
  /** Whether the present line is blank as far as it was seen in earlier pieces. */
  #blank = true;
  /** The next row that starts here or later, or has this number or a higher one, gets an entry. */
  #entryOffset = 0;
  #entryRow = 0;

  constructor(private readonly finder: LineEndFinder = LineEndFinder.shared()) {}

  add(piece: Uint8Array): void {
    for (let start = 0; start < piece.length; start += PIECE) {
      this.#add(start === 0 && piece.length <= PIECE ? piece : piece.subarray(start, start + PIECE));
    }
  }

  /** All in local variables: short lines come by the million. */
  #add(piece: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += piece.length;
    const ends = this.finder.find(piece);
    let rows = this.#rows;
    let line = this.#line;
    let lineStart = this.#lineStart;
    let blank = this.#blank;
    let start = 0;
    for (let index = 0; index < ends.length; index++) {
      const lineEnd = ends[index]!;
      if (blank) blank = isBlankRange(piece, start, lineEnd, before);
      if (!blank || before + lineEnd - lineStart > LONGEST_LINE) {
        if (lineStart >= this.#entryOffset || rows >= this.#entryRow) this.#addEntry(rows, lineStart, line);
        rows++;
      }
      blank = true;
      line++;
      start = lineEnd + 1;
      lineStart = before + start;
    }
    if (blank) blank = isBlankRange(piece, start, piece.length, before);
    this.#rows = rows;
    this.#line = line;
    this.#lineStart = lineStart;
    this.#blank = blank;
  }

  finish(): LineIndex {
    if (!this.#blank || this.#bytes - this.#lineStart > LONGEST_LINE) {
      if (this.#lineStart >= this.#entryOffset || this.#rows >= this.#entryRow)
        this.#addEntry(this.#rows, this.#lineStart, this.#line);
      this.#rows++;
    }
    const { row, offset, line } = this.#entries;
    return {
      rows: this.#rows,
      bytes: this.#bytes,
      row: Float64Array.from(row),
      offset: Float64Array.from(offset),
      line: Float64Array.from(line),
    };
  }

  #addEntry(row: number, offset: number, line: number): void {
    this.#entries.row.push(row);
    this.#entries.offset.push(offset);
    this.#entries.line.push(line);
    if (this.#entries.row.length >= MOST_ENTRIES) this.#thinOut();
    this.#entryOffset = offset + ENTRY_BYTES * this.#sparsity;
    this.#entryRow = row + ENTRY_ROWS * this.#sparsity;
  }

  #thinOut(): void {
    const second = (_: number, index: number) => index % 2 === 0;
    const { row, offset, line } = this.#entries;
    this.#entries = { row: row.filter(second), offset: offset.filter(second), line: line.filter(second) };
    this.#sparsity *= 2;
  }
}

function isBlankRange(piece: Uint8Array, start: number, end: number, before: number): boolean {
  for (let index = start; index < end; index++) {
    if (!isBlankByte(piece[index]!, before + index)) return false;
  }
  return true;
}
