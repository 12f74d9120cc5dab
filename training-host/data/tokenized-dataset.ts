import { createHash } from "node:crypto";
import { canonicalJson } from "../../contracts/canonical-json";
import type { DatasetFormat } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import { Breather } from "./breather";
import { renderingFor } from "./chat-template";
import { encodeExample } from "./encode-example";
import { rowPieces } from "./formats/row-pieces";
import { countTargets, type Example } from "./packed-batch";
import { type DataFile, readRows } from "./readers/data-file";
import type { Tokenizer } from "./tokenizer";

/** A dataset's examples, ready to be packed into batches. */
export interface TokenizedDataset {
  name: string;
  examples: Example[];
  /** Tokens of all the examples. */
  tokens: number;
  /** Those of them that are learned. */
  responseTokens: number;
  /** Examples that were cut at the length limit. */
  truncated: number;
  /** Rows left out because nothing that is learned was within the length limit. */
  dropped: number;
  /** SHA-256 over the rows' bytes and everything that turns them into tokens: equal hash, equal examples. */
  contentHash: string;
}

export interface TokenizeOptions {
  name: string;
  format: DatasetFormat;
  /** Most tokens of one example. */
  length: number;
  /** First rows to use; null: all. */
  limit: number | null;
  /** "none": conversations are written plainly though the tokenizer has a chat template. */
  template: "model" | "none";
  /** Called with the bytes of the file done so far. */
  onBytes?: (bytes: number) => void;
  /** Ends the work with UserError "cancelled". */
  signal?: AbortSignal | undefined;
}

/** Increased when the same rows would give other tokens than before. */
const TOKENIZATION_VERSION = 1;

/**
 * Reads and tokenizes one data file. Lets waiting events of the process run in between.
 * Throws UserError as the readers and formats do, and "file-empty" when no row has anything to learn.
 */
export async function tokenizeDataset(
  file: DataFile,
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): Promise<TokenizedDataset> {
  const kind = options.template === "model" ? "own" : "none";
  const rendering = await renderingFor(tokenizer, { kind }, "");
  const hash = createHash("sha256").update(recipe(tokenizer, options));
  const breather = new Breather(options.signal);
  const dataset = emptyDataset(options.name);
  let rows = 0;
  for await (const row of readRows(file)) {
    hash.update(row.source).update("\n");
    const { example, truncated } = encodeExample(
      rowPieces(options.format, row, rendering),
      tokenizer,
      options.length,
    );
    addExample(dataset, example, truncated);
    options.onBytes?.(row.bytesRead);
    if (++rows === options.limit) break;
    await breather.breathe();
  }
  if (dataset.examples.length === 0) throw nothingToLearn(file.shown, rows, options.length);
  return { ...dataset, contentHash: hash.digest("hex") };
}

function recipe(tokenizer: Tokenizer, { format, length, template }: TokenizeOptions): string {
  const { contentHash, bosId, eosId } = tokenizer;
  const version = TOKENIZATION_VERSION;
  return `${canonicalJson({ version, tokenizer: contentHash, bosId, eosId, format, length, template })}\n`;
}

function emptyDataset(name: string): Omit<TokenizedDataset, "contentHash"> {
  return { name, examples: [], tokens: 0, responseTokens: 0, truncated: 0, dropped: 0 };
}

function addExample(
  dataset: Omit<TokenizedDataset, "contentHash">,
  example: Example,
  truncated: boolean,
): void {
  const targets = countTargets(example);
  if (targets === 0) {
    dataset.dropped++;
    return;
  }
  dataset.examples.push(example);
  dataset.tokens += example.ids.length;
  dataset.responseTokens += targets;
  if (truncated) dataset.truncated++;
}

function nothingToLearn(shown: string, rows: number, length: number): UserError {
  return new UserError(
    "file-empty",
    `None of the ${rows} rows of ${shown} has anything to learn within ${length} tokens.`,
    "Raise train.length, or look at the dataset's format: prompts may fill the whole length.",
  );
}
