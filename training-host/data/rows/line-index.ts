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

  #add(piece: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += piece.length;
    const ends = this.finder.find(piece);
    // The first line began in an earlier piece.
    const alone = this.finder.mayBeBlank ? ends.length : Math.min(1, ends.length);
    let start = 0;
    for (let index = 0; index < alone; index++) {
      const lineEnd = ends[index]!;
      if (this.#blank) this.#blank = isBlankRange(piece, start, lineEnd, before);
      this.#endLine(before + lineEnd);
      start = lineEnd + 1;
    }
    if (alone < ends.length) {
      this.#addRows(ends, before);
      start = ends.at(-1)! + 1;
    }
    if (this.#blank) this.#blank = isBlankRange(piece, start, piece.length, before);
  }

  /** The lines behind the first of `ends`, none of which is blank, at once: short rows come by the million. */
  #addRows(ends: Uint32Array, before: number): void {
    const [rows, line] = [this.#rows, this.#line];
    const count = ends.length - 1;
    for (let index = 0; ; index++) {
      // Line `index` of these starts behind ends[index].
      index = Math.max(
        index,
        Math.min(this.#entryRow - rows, firstFrom(ends, this.#entryOffset - before - 1)),
      );
      if (index >= count) break;
      this.#addEntry(rows + index, before + ends[index]! + 1, line + index);
    }
    this.#rows = rows + count;
    this.#line = line + count;
    this.#lineStart = before + ends[count]! + 1;
    this.#blank = true;
  }

  finish(): LineIndex {
    this.#endLine(this.#bytes);
    const { row, offset, line } = this.#entries;
    return {
      rows: this.#rows,
      bytes: this.#bytes,
      row: Float64Array.from(row),
      offset: Float64Array.from(offset),
      line: Float64Array.from(line),
    };
  }

  #endLine(lineEnd: number): void {
    if (!this.#blank || lineEnd - this.#lineStart > LONGEST_LINE) {
      const row = this.#rows++;
      if (this.#lineStart >= this.#entryOffset || row >= this.#entryRow)
        this.#addEntry(row, this.#lineStart, this.#line);
    }
    this.#blank = true;
    this.#line++;
    this.#lineStart = lineEnd + 1;
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

/** Index of the first of ascending `numbers` that is at least `bound`; their length when none is. */
function firstFrom(numbers: Uint32Array, bound: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBlankRange(piece: Uint8Array, start: number, end: number, before: number): boolean {
  for (let index = start; index < end; index++) {
    if (!isBlankByte(piece[index]!, before + index)) return false;
  }
  return true;
}
