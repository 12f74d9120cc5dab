import { isUtf8 } from "node:buffer";

/** One record of a table. */
export interface TableRecord {
  /** Not those of a malformed record. */
  fields: string[];
  /** What is wrong with it; null: nothing. */
  problem: "quote" | "encoding" | null;
  /** Line in the file on which it begins, from 1. */
  line: number;
}

/** The table's structure is broken: where the next record begins cannot be told. */
export class BrokenTable extends Error {}

/** More columns than any table has: a line of nothing but delimiters would fill the memory. */
const MOST_FIELDS = 10_000;

const QUOTE = 0x22;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Cuts a stream of bytes into the records of a table (RFC 4180, with any of the three line ends). Quotes count at the start of a
 * field only, as in Python and Excel: elsewhere they stand for themselves. Blank lines are no records.
 *
 * Our own because `csv-parse` takes eight times as long, and everything behind one wrong quote as one record.
 */
export class TableRecords {
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  /** The last record ended with a CR: a LF may belong to it. */
  #afterReturn = false;
  /** What was found of the present record; see #parse. */
  #fields: string[] = [];
  #problem: "quote" | null = null;

  constructor(
    private readonly delimiter: number,
    private readonly longest: number,
  ) {}

  /** The records that end in this piece. Throws BrokenTable. */
  records(piece: Uint8Array): Generator<TableRecord> {
    return this.#take(piece, false);
  }

  /** The last record, where the file does not end with a line end. Throws BrokenTable. */
  last(): Generator<TableRecord> {
    return this.#take(new Uint8Array(0), true);
  }

  *#take(piece: Uint8Array, final: boolean): Generator<TableRecord> {
    const bytes = this.#rest.length === 0 ? asBuffer(piece) : Buffer.concat([this.#rest, piece]);
    let start = 0;
    for (;;) {
      start = this.#skipBlank(bytes, start);
      if (start === bytes.length) break;
      const end = this.#parse(bytes, start, final);
      if (end === null) break;
      const record = bytes.subarray(start, end);
      yield { fields: this.#fields, problem: isUtf8(record) ? this.#problem : "encoding", line: this.#line };
      this.#line += linesOf(record);
      start = end;
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > this.longest) {
      throw new BrokenTable(
        `the row that begins on line ${this.#line} is longer than ${this.longest / 2 ** 20} MiB`,
      );
    }
  }

  /** Past line ends that belong to no record. */
  #skipBlank(bytes: Buffer, start: number): number {
    for (let index = start; index < bytes.length; index++) {
      const byte = bytes[index]!;
      if (byte !== LF && byte !== CR) return index;
      const pair = byte === LF && this.#afterReturn;
      if (!pair) this.#line++;
      this.#afterReturn = byte === CR;
    }
    return bytes.length;
  }

  /** Where the record at `start` ends, its line end not included; null: not in these bytes. Leaves what it found in the fields. */
  #parse(bytes: Buffer, start: number, final: boolean): number | null {
    this.#afterReturn = false;
    this.#fields = [];
    this.#problem = null;
    for (let index = start; ; index++) {
      index = bytes[index] === QUOTE ? this.#quoted(bytes, index, final) : this.#plain(bytes, index);
      if (index === bytes.length) return final ? index : null;
      if (index > bytes.length) return null;
      if (bytes[index] !== this.delimiter) return index;
      if (this.#fields.length >= MOST_FIELDS) {
        throw new BrokenTable(
          `the row that begins on line ${this.#line} has more than ${MOST_FIELDS} fields`,
        );
      }
    }
  }

  /** Takes the field at `start`; where it ends. */
  #plain(bytes: Buffer, start: number): number {
    let index = start;
    for (; index < bytes.length; index++) {
      const byte = bytes[index]!;
      if (byte === this.delimiter || byte === LF || byte === CR) break;
    }
    this.#fields.push(bytes.toString("utf8", start, index));
    return index;
  }

  /** Takes the field whose quote is at `start`; where it ends, beyond the bytes when they do not hold all of it. */
  #quoted(bytes: Buffer, start: number, final: boolean): number {
    let doubled = false;
    for (let quote = bytes.indexOf(QUOTE, start + 1); quote !== -1; quote = bytes.indexOf(QUOTE, quote + 2)) {
      const next = bytes[quote + 1];
      if (next === undefined && !final) return bytes.length + 1;
      if (next === QUOTE) {
        doubled = true;
        continue;
      }
      const text = bytes.toString("utf8", start + 1, quote);
      this.#fields.push(doubled ? text.replaceAll('""', '"') : text);
      if (next === undefined || next === this.delimiter || next === LF || next === CR) return quote + 1;
      // Something follows the closing quote. The line's end is where the next record is most likely to begin.
      this.#problem = "quote";
      return this.#plain(bytes, quote + 1);
    }
    if (final)
      throw new BrokenTable(
        `a quote is opened in the row that begins on line ${this.#line}, and never closed`,
      );
    return bytes.length + 1;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Line ends within a record. */
function linesOf(record: Buffer): number {
  let lines = 0;
  for (let at = record.indexOf(LF); at !== -1; at = record.indexOf(LF, at + 1)) lines++;
  if (record.indexOf(CR) === -1) return lines;
  for (let at = record.indexOf(CR); at !== -1; at = record.indexOf(CR, at + 1))
    if (record[at + 1] !== LF) lines++;
  return lines;
}
