/**
 * From what the user wrote to rows by number. A file of JSON lines is indexed (LineIndex), not loaded; every other form is laid
 * out as JSON lines once, in a cache folder. What is in memory is the index alone.
 */
import { createHash } from "node:crypto";
import { UserError } from "../../../contracts/user-error";
import { emptyFile } from "./data-file";
import type { DatasetRow, MalformedRow, ScannedRow } from "./dataset-row";
import { findDataFiles, type RowLocation } from "./find-data-files";
import { LinedFile } from "./lined-file";
import { parseRow } from "./parse-row";
import { RowCache } from "./row-cache";
import { openRowFile, type RowFile } from "./row-file";
import type { RawRow } from "./row-splitter";
import { malformedError } from "./spool";

export interface OpenRowsOptions {
  /**
   * Where indexes, and files without random access laid out as JSON lines, are kept. Shared by any number of processes; anything
   * in it may be deleted while no run is going on.
   */
  cacheFolder: string;
  /** Share of the files' bytes that was looked at; 0..1. */
  onProgress?: (share: number) => void;
  /** Ends the work with UserError "cancelled". */
  signal?: AbortSignal | undefined;
}

/** Enough to open the same rows again, in another thread or process of this machine. Structured-cloneable. */
export interface RowSourceDescription {
  shown: string;
  bytes: number;
  contentHash: string;
  files: readonly RowFile[];
}

/** The rows of one dataset's files, indexed: any row by its number, with nothing but the index in memory. */
export interface RowSource {
  /** As the user wrote it. */
  readonly shown: string;
  /** Number of rows, at least 1. A malformed row is a row. */
  readonly size: number;
  /** Of the files as they are on disk, for progress. */
  readonly bytes: number;
  /** SHA-256 over the files' 128-bit content hashes: equal hash, equal rows in the same order. */
  readonly contentHash: string;
  readonly description: RowSourceDescription;
  /**
   * 0 <= index < size. Throws UserError "bad-row" or "bad-encoding" with the place when the row is malformed, "file-unreadable" or
   * "file-missing" when the file is no longer what it was.
   */
  read(index: number): Promise<DatasetRow>;
  /**
   * Rows from (included) to (excluded), in order, read in large pieces. A row that cannot be parsed is yielded with its error, so
   * that the caller may skip it. Throws UserError "file-unreadable", "file-missing" as `read` does.
   */
  scan(from?: number, to?: number): AsyncGenerator<ScannedRow>;
  close(): Promise<void>;
}

/**
 * Finds and indexes the files of one dataset. Throws UserError: "file-missing", "file-empty", "file-unreadable", "bad-encoding"
 * (UTF-16), "bad-row" (a file whose structure is broken, so that what follows cannot be read), "bad-column" (duplicate names),
 * "disk-full", "folder-unwritable", "cancelled".
 */
export async function openRows(location: RowLocation, options: OpenRowsOptions): Promise<RowSource> {
  const { shown, files } = await findDataFiles(location);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const cache = new RowCache(options.cacheFolder);
  const contents = createHash("sha256");
  const opened: RowFile[] = [];
  let done = 0;
  for (const data of files) {
    const onBytes = (now: number) => options.onProgress?.(Math.min(1, (done + now) / bytes));
    const { file, contentHash } = await openRowFile(data, cache, onBytes, options.signal);
    opened.push(file);
    contents.update(`${file.index.rows} ${file.index.bytes} ${contentHash}\n`);
    done += data.size;
  }
  options.onProgress?.(1);
  if (opened.every(({ index }) => index.rows === 0)) throw emptyFile(shown);
  return openDescribed({ shown, bytes, contentHash: contents.digest("hex"), files: opened });
}

/** Opens the rows that another thread or process has indexed. Nothing is read before the first row is wanted. */
export function openDescribed(description: RowSourceDescription): RowSource {
  return new IndexedRows(description);
}

const MOST_OPEN = 32;

/** A file of the source, and where it begins. */
interface OpenFile {
  file: LinedFile;
  facts: RowFile;
  /** Number of its first row in the source. */
  first: number;
  /** Bytes of the files before it. */
  bytesBefore: number;
}

class IndexedRows implements RowSource {
  readonly size: number;
  readonly #files: OpenFile[] = [];
  /** Files that are open, the one that was used last at the end. */
  readonly #recent = new Set<LinedFile>();

  constructor(readonly description: RowSourceDescription) {
    let first = 0;
    let bytesBefore = 0;
    for (const facts of description.files) {
      this.#files.push({ file: new LinedFile(facts), facts, first, bytesBefore });
      first += facts.index.rows;
      bytesBefore += facts.size;
    }
    this.size = first;
  }

  get shown(): string {
    return this.description.shown;
  }

  get bytes(): number {
    return this.description.bytes;
  }

  get contentHash(): string {
    return this.description.contentHash;
  }

  async read(index: number): Promise<DatasetRow> {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
      throw new RangeError(`${this.shown} has no row ${index}`);
    }
    const file = this.#files.findLast(({ first, facts }) => first <= index && facts.index.rows > 0)!;
    const raw = await file.file.read(index - file.first);
    await this.#used(file.file);
    const scanned = scannedRow(file, raw);
    if (scanned.malformed !== null) throw scanned.malformed;
    return scanned;
  }

  async *scan(from = 0, to = this.size): AsyncGenerator<ScannedRow> {
    for (const file of this.#files) {
      const { rows } = file.facts.index;
      const begin = Math.max(0, from - file.first);
      const end = Math.min(rows, to - file.first);
      for await (const raw of file.file.scan(begin, end)) yield scannedRow(file, raw);
      if (begin < end) await this.#used(file.file);
    }
  }

  /** A dataset may have more files than a process may open. */
  async #used(file: LinedFile): Promise<void> {
    this.#recent.delete(file);
    this.#recent.add(file);
    if (this.#recent.size <= MOST_OPEN) return;
    const [oldest] = this.#recent;
    this.#recent.delete(oldest!);
    await oldest!.rest();
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map(({ file }) => file.close()));
  }
}

function scannedRow({ facts, first, bytesBefore }: OpenFile, raw: RawRow): ScannedRow {
  const place = facts.placed === "line" ? `${facts.shown}:${raw.line}` : `${facts.shown}, row ${raw.row + 1}`;
  const index = first + raw.row;
  const bytesRead = bytesBefore + Math.round((raw.end / facts.index.bytes) * facts.size);
  const source = raw.bytes ?? new Uint8Array(0);
  try {
    const marked = facts.marked ? malformedError(source, place) : null;
    if (marked !== null) throw marked;
    return { value: parseRow(raw.bytes, place), malformed: null, place, source, bytesRead, index };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { malformed: error, place, source, bytesRead, index } satisfies MalformedRow;
  }
}
