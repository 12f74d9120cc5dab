/** The examples of one dataset, tokenized by the data workers into a file in the cache, where every later run finds them. */
import { rm } from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../../../contracts/user-error";
import type { ExampleStore, TokenFacts } from "../example-store";
import type { Example } from "../packed-batch";
import type { EncodingSetup } from "../workers/data-tasks";
import type { DataWorkers } from "../workers/data-workers";
import type { BlockCache } from "./block-cache";
import type { EncodedRows } from "./encode-rows";
import { exampleSize, readExample } from "./example-bytes";
import { type ExampleFile, ExampleFileWriter, isBeingWritten, openExampleFile } from "./example-file";

export interface TokenizedExamplesOptions {
  name: string;
  /** Of the rows and everything that turns them into tokens. */
  contentHash: string;
  encoding: EncodingSetup;
  /** Of the cache. */
  folder: string;
  workers: DataWorkers;
  blocks: BlockCache;
}

/** Bytes of the data file that one piece of work is about: some tenths of a second. */
const PIECE_BYTES = 128 * 2 ** 10;
const MOST_PIECE_ROWS = 2048;
/** Pieces that are asked for at the same time; they may be done in another order than they are written in. */
const PIECES_AHEAD = 16;

export class TokenizedExamples implements ExampleStore {
  readonly name: string;
  readonly contentHash: string;
  readonly size: number;
  #file: ExampleFile | null;
  #writer: ExampleFileWriter | null = null;
  #tokenized: Promise<ExampleFile> | null = null;
  #failure: Error | null = null;
  #isDamaged = false;
  #isClosed = false;

  private constructor(
    private readonly options: TokenizedExamplesOptions,
    file: ExampleFile | null,
  ) {
    this.name = options.name;
    this.contentHash = options.contentHash;
    this.size = options.encoding.rows.length;
    this.#file = file;
    options.workers.addSetup(options.contentHash, options.encoding);
  }

  /** Nothing is tokenized before `tokenize` is called, or an example asked for. */
  static async open(options: TokenizedExamplesOptions): Promise<TokenizedExamples> {
    const { folder, contentHash, encoding, blocks } = options;
    const file = await openExampleFile(path.join(folder, contentHash), encoding.rows.length, blocks);
    return new TokenizedExamples(options, file);
  }

  /** Of the files that its rows are in. */
  get bytes(): number {
    return this.options.encoding.description.bytes;
  }

  get facts(): TokenFacts | null {
    return this.#file?.facts ?? null;
  }

  /** Of the examples, how many are tokenized: 0..1. */
  get share(): number {
    return this.#file !== null ? 1 : (this.#writer?.offsets.count ?? 0) / this.size;
  }

  /** Another process of this machine is at it. */
  isBeingMade(): boolean {
    return this.#file === null && isBeingWritten(this.#path);
  }

  /** What ended the tokenization; null: nothing. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Tokenizes what is not in the cache; resolves when all is. Throws UserError as the formats do, and "file-empty". */
  async tokenize(): Promise<TokenFacts> {
    this.#tokenized ??= this.#tokenizeAll();
    const { facts } = await this.#tokenized;
    return facts;
  }

  async lengths(): Promise<Uint32Array> {
    await this.tokenize();
    return this.#file!.offsets.lengths;
  }

  async get(indices: readonly number[]): Promise<Example[]> {
    if (this.#failure !== null) throw this.#failure;
    const found = new Map<number, Example>();
    const read = async (index: number) => {
      const example = await this.#read(index);
      if (example !== null) found.set(index, example);
    };
    await Promise.all([...new Set(indices)].map(read));
    const missing = [...new Set(indices)].filter((index) => !found.has(index)).sort((a, b) => a - b);
    if (missing.length > 0) await this.#encodeOutOfTurn(missing, found);
    return indices.map((index) => found.get(index)!);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writer?.close();
    await this.#file?.close();
    if (this.#isDamaged) await rm(this.#path, { recursive: true, force: true });
  }

  get #path(): string {
    return path.join(this.options.folder, this.contentHash);
  }

  async #read(index: number): Promise<Example | null> {
    if (this.#file !== null) {
      const example = await this.#file.read(index);
      // The next run makes the file again; this one tokenizes what it needs.
      if (example === null) this.#isDamaged = true;
      return example;
    }
    const isWritten = this.#writer !== null && index < this.#writer.offsets.count;
    return isWritten ? this.#writer!.read(index) : null;
  }

  async #encodeOutOfTurn(indices: readonly number[], found: Map<number, Example>): Promise<void> {
    const { bytes, lengths } = await this.#encode(Uint32Array.from(indices), true);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    for (const [position, length] of lengths.entries()) {
      const end = offset + exampleSize(length);
      found.set(indices[position]!, readExample(buffer.subarray(offset, end), length)!);
      offset = end;
    }
  }

  async #tokenizeAll(): Promise<ExampleFile> {
    try {
      // Another run, or another dataset of this one, may have made it meanwhile.
      this.#file ??= await openExampleFile(this.#path, this.size, this.options.blocks);
      this.#file ??= await this.#writeAll();
      if (this.#file.facts.dropped === this.size) throw this.#nothingToLearn();
      return this.#file;
    } catch (error) {
      await this.#writer?.close().catch(() => {});
      this.#failure = error as Error;
      throw error;
    } finally {
      this.#writer = null;
    }
  }

  async #writeAll(): Promise<ExampleFile> {
    const { folder, contentHash, blocks } = this.options;
    const writer = await ExampleFileWriter.create(path.join(folder, contentHash), this.size, blocks);
    this.#writer = writer;
    const ahead: Promise<EncodedRows>[] = [];
    const pieces = this.#pieces();
    const askForNext = () => {
      const { value } = pieces.next();
      if (value === undefined) return;
      const encoded = this.#encode(value, false);
      // Its failure is told where it is awaited.
      encoded.catch(() => {});
      ahead.push(encoded);
    };
    for (let piece = 0; piece < PIECES_AHEAD; piece++) askForNext();
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      const encoded = await next;
      if (this.#isClosed) throw new UserError("cancelled", "Reading the data was cancelled.");
      askForNext();
      await writer.append(encoded);
    }
    return writer.finish();
  }

  #encode(indices: Uint32Array, urgent: boolean): Promise<EncodedRows> {
    return this.options.workers.ask("encode", { setup: this.contentHash, indices }, { urgent });
  }

  *#pieces(): Generator<Uint32Array, undefined> {
    const { description, rows } = this.options.encoding;
    const sourceRows = description.files.reduce((sum, { index }) => sum + index.rows, 0);
    const wanted = Math.round((PIECE_BYTES * sourceRows) / description.bytes);
    const length = Math.min(MOST_PIECE_ROWS, Math.max(1, wanted));
    for (let from = 0; from < rows.length; from += length) {
      const to = Math.min(rows.length, from + length);
      yield Uint32Array.from({ length: to - from }, (_, at) => from + at);
    }
    return undefined;
  }

  #nothingToLearn(): UserError {
    const { description, length } = this.options.encoding;
    return new UserError(
      "file-empty",
      `None of the ${this.size} rows of ${description.shown} has anything to learn within ${length} tokens.`,
      "Raise train.length, or look at the dataset's format: prompts may fill the whole length.",
    );
  }
}
