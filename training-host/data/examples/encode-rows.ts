/** Rows to examples, in pieces that can be handed from thread to thread. */

import type { DatasetConfig } from "../../../contracts/plan";
import { UserError } from "../../../contracts/user-error";
import type { Rendering } from "../chat-template";
import { encodeExample } from "../encode-example";
import type { TokenFacts } from "../example-store";
import { rowPieces } from "../formats/row-pieces";
import { countTargets, type Example } from "../packed-batch";
import type { DatasetRow, ScannedRow } from "../rows/dataset-row";
import type { RowSource } from "../rows/row-source";
import type { Tokenizer } from "../tokenizer";
import { exampleSize, writeExample } from "./example-bytes";

export interface EncodingRecipe {
  format: DatasetConfig["format"];
  /** Most tokens of one example. */
  length: number;
  malformed: DatasetConfig["malformed"];
  tokenizer: Tokenizer;
  rendering: Rendering;
}

/** Examples end to end, as `example-bytes` writes them. Structured-cloneable. */
export interface EncodedRows {
  bytes: Uint8Array;
  /** Tokens of each example. */
  lengths: Uint32Array;
  facts: TokenFacts;
}

/** Reading rows one by one is worth it where fewer than one in this many are wanted. */
const SPARSE = 8;

/**
 * The examples of `rows` (numbers in the source, ascending or not). `beforeRow` is told each row before it is encoded, and
 * awaited when it gives a promise. Throws UserError as the formats do; with `malformed: "skip"`, a row that its chat template
 * refuses becomes an empty example.
 */
export async function encodeRows(
  source: RowSource,
  rows: Uint32Array,
  recipe: EncodingRecipe,
  beforeRow: (row: DatasetRow) => void | Promise<void> = () => {},
): Promise<EncodedRows> {
  const examples: Example[] = [];
  const facts: TokenFacts = { tokens: 0, responseTokens: 0, truncated: 0, dropped: 0 };
  for await (const row of selectedRows(source, rows)) {
    const waiting = beforeRow(row);
    if (waiting !== undefined) await waiting;
    examples.push(encodeRow(row, recipe, facts));
  }
  const lengths = Uint32Array.from(examples, ({ ids }) => ids.length);
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + exampleSize(length), 0));
  let offset = 0;
  for (const example of examples) offset = writeExample(example, bytes, offset);
  return { bytes, lengths, facts };
}

function encodeRow(row: DatasetRow, recipe: EncodingRecipe, facts: TokenFacts): Example {
  const encoded = encodeOrSkip(row, recipe);
  const targets = encoded === null ? 0 : countTargets(encoded.example);
  if (encoded === null || targets === 0) {
    facts.dropped++;
    return encoded?.example ?? { ids: new Int32Array(0), learned: new Uint8Array(0) };
  }
  facts.tokens += encoded.example.ids.length;
  facts.responseTokens += targets;
  if (encoded.truncated) facts.truncated++;
  return encoded.example;
}

function encodeOrSkip(row: DatasetRow, { format, length, malformed, tokenizer, rendering }: EncodingRecipe) {
  try {
    return encodeExample(rowPieces(format, row, rendering), tokenizer, length);
  } catch (error) {
    const isRefusal = error instanceof UserError && error.reason === "bad-row";
    if (malformed === "skip" && isRefusal) return null;
    throw error;
  }
}

async function* selectedRows(source: RowSource, rows: Uint32Array): AsyncGenerator<DatasetRow> {
  const first = rows[0]!;
  const last = rows[rows.length - 1]!;
  if (last < first || last - first >= SPARSE * rows.length) {
    for (const row of rows) yield await source.read(row);
    return;
  }
  let next = 0;
  for await (const row of source.scan(first, last + 1)) {
    if (row.index !== rows[next]) continue;
    yield parsed(row);
    next++;
  }
}

/** The survey has chosen rows that are well formed: one that is not any more was changed since. */
function parsed(row: ScannedRow): DatasetRow {
  if (row.malformed !== null) throw row.malformed;
  return row;
}
