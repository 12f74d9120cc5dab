import type { Example } from "./packed-batch";

/** What is known of a dataset's examples once all of them are tokenized. */
export interface TokenFacts {
  /** Tokens of all examples that can be learned from. */
  tokens: number;
  /** Those of them that are learned. */
  responseTokens: number;
  /** Examples that were cut at the length limit. */
  truncated: number;
  /** Examples without a learned token within the length limit: `get` gives them all the same, and training passes over them. */
  dropped: number;
}

/** The examples of one dataset, by number; kept on disk, so that there may be more of them than fit into memory. */
export interface ExampleStore {
  readonly name: string;
  /** Examples by number: 0 .. size-1. Those that turn out to be `dropped` are counted. */
  readonly size: number;
  /** Of the rows and everything that turns them into tokens: equal hash, equal examples. */
  readonly contentHash: string;
  /** [indices] the examples; waits for their tokenization where it must. Throws UserError "bad-row" where a row cannot become one. */
  get(indices: readonly number[]): Promise<Example[]>;
  /** null until all examples are tokenized. */
  readonly facts: TokenFacts | null;
  /** Waits until all examples are tokenized: [size] tokens of each. Throws UserError "file-empty" when none can be learned from. */
  lengths(): Promise<Uint32Array>;
}
