import type { LineIndex } from "./line-index";

/** What a pass over a data file has found. */
export interface IndexedContent {
  /** Of the file, or of its layout. */
  index: LineIndex;
  /** Of the same bytes: 128 bits, hexadecimal. */
  contentHash: string;
  /** How rows are named in messages: by their line in the file, or by their number (both from 1). */
  placed: "line" | "row";
  /** Whether the rows are in a layout of the file in the cache, not in the file. */
  spooled: boolean;
}
