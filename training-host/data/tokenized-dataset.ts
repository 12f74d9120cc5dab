import type { Example } from "./packed-batch";

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
  /** SHA-256 over the file's bytes and everything that turns them into tokens: equal hash, equal examples. */
  contentHash: string;
}
