/** One row of a data file. */
export interface DatasetRow {
  /** The parsed JSON value; nothing about its shape is known. */
  value: unknown;
  /** Where it stands, to begin an error message with: `data/math.jsonl:12`. */
  place: string;
  /** What was read, for hashes. */
  source: Uint8Array | string;
  /** Bytes of the file up to and including this row, as far as the reader can tell. */
  bytesRead: number;
}
