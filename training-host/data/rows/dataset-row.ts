import type { UserError } from "../../../contracts/user-error";

/** One row of a data file. */
export interface DatasetRow {
  /** The parsed JSON value; nothing about its shape is known. */
  value: unknown;
  /** Where it stands, to begin an error message with: `data/math.jsonl:12` or `data/math.parquet, row 12`. */
  place: string;
  /** The row's bytes as JSON text (of files of other forms: as they were laid out), for hashes. A view: copy it to keep it long. */
  source: Uint8Array | string;
  /** Bytes of the source's files up to and including this row, as far as the reader can tell. */
  bytesRead: number;
}

/** A row as it comes out of a scan. */
export interface ParsedRow extends DatasetRow {
  malformed: null;
  /** The row's number in its source, from 0. */
  index: number;
}

/** A row that is no JSON (or, in a table, does not have the table's columns). Its caller decides whether to stop or to count it. */
export interface MalformedRow {
  /** "bad-row" or "bad-encoding", with the place. */
  malformed: UserError;
  place: string;
  source: Uint8Array;
  bytesRead: number;
  index: number;
}

export type ScannedRow = ParsedRow | MalformedRow;
