import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "../../../contracts/user-error";
import { cannotRead, changedFile, hasIdentity } from "./data-file";
import { type LineIndex, startOf } from "./line-index";
import { type RawRow, RowSplitter } from "./row-splitter";

/** What is known of a file of lines: enough to open it anywhere. Structured-cloneable. */
export interface LinedFileDescription {
  /** Absolute. */
  file: string;
  /** The data file's name in messages. */
  shown: string;
  /** See hasIdentity. */
  identity: string;
  index: LineIndex;
}

/** What a scan reads at once: long enough that reading costs little, short enough that other work is not kept waiting. */
const SCAN_PIECE = 2 ** 20;

/** Random access to the rows of a file of lines by its index. It is opened when the first row is wanted. */
export class LinedFile {
  #handle: Promise<FileHandle> | null = null;
  /** Reads that are going on. */
  #users = 0;
  #closesWhenIdle = false;
  /** The part of the file that the last read row is in: neighbours are often read together. */
  #block: { start: number; end: number; bytes: Buffer } | null = null;

  constructor(readonly description: LinedFileDescription) {}

  /** One row, 0 <= row < index.rows. Throws UserError "file-unreadable", "file-missing" when the file is no longer what it was. */
  async read(row: number): Promise<RawRow> {
    const { index } = this.description;
    const start = startOf(index, row);
    const splitter = new RowSplitter(start);
    const end = endOfBlock(index, start.offset);
    for (let offset = start.offset; offset < end; ) {
      const piece = await this.#readBlock(offset, Math.min(end, offset + SCAN_PIECE));
      for (const raw of splitter.rows(piece)) if (raw.row === row) return raw;
      offset += piece.length;
    }
    const last = splitter.last();
    if (last?.row !== row) throw changedFile(this.description.shown);
    return last;
  }

  /** Rows from (included) to (excluded), in order. */
  async *scan(from: number, to: number): AsyncGenerator<RawRow> {
    if (from >= to) return;
    const { index } = this.description;
    const start = startOf(index, from);
    const splitter = new RowSplitter(start);
    let next = this.#readAhead(start.offset);
    try {
      for (let offset = start.offset; offset < index.bytes; ) {
        const piece = await next;
        offset += piece.length;
        next = this.#readAhead(offset);
        for (const raw of splitter.rows(piece)) {
          if (raw.row >= to) return;
          if (raw.row >= from) yield raw;
          if (raw.row === to - 1) return;
        }
      }
      const last = splitter.last();
      if (last?.row !== to - 1) throw changedFile(this.description.shown);
      yield last;
    } finally {
      await next.catch(() => {});
    }
  }

  /** Closes the file as soon as nothing is read; the next read opens it again. */
  async rest(): Promise<void> {
    if (this.#users === 0) await this.close();
    else this.#closesWhenIdle = true;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    this.#block = null;
    this.#closesWhenIdle = false;
    await (await handle?.catch(() => null))?.close();
  }

  async #readBlock(start: number, end: number): Promise<Buffer> {
    if (this.#block?.start === start && this.#block.end === end) return this.#block.bytes;
    const bytes = await this.#readPiece(start, end);
    this.#block = { start, end, bytes };
    return bytes;
  }

  #readAhead(offset: number): Promise<Buffer> {
    const { bytes } = this.description.index;
    const piece = this.#readPiece(offset, Math.min(bytes, offset + SCAN_PIECE));
    // Its failure is told where the piece is awaited.
    piece.catch(() => {});
    return piece;
  }

  /** A buffer of its own: rows are views of it. */
  async #readPiece(start: number, end: number): Promise<Buffer> {
    if (start >= end) return Buffer.alloc(0);
    const { shown, identity } = this.description;
    this.#handle ??= open(this.description.file);
    this.#users++;
    try {
      const handle = await this.#handle;
      const piece = Buffer.allocUnsafeSlow(end - start);
      await readFully(handle, piece, start, shown);
      if (!hasIdentity(await handle.stat({ bigint: true }), identity)) throw changedFile(shown);
      return piece;
    } catch (error) {
      throw error instanceof UserError ? error : cannotRead(shown, error);
    } finally {
      this.#users--;
      if (this.#users === 0 && this.#closesWhenIdle) await this.close().catch(() => {});
    }
  }
}

async function readFully(handle: FileHandle, piece: Buffer, start: number, shown: string): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesRead } = await handle.read(piece, done, piece.length - done, start + done);
    if (bytesRead === 0) throw changedFile(shown);
    done += bytesRead;
  }
}

/** Where the index's entry after the one at `offset` starts. */
function endOfBlock(index: LineIndex, offset: number): number {
  let low = 0;
  let high = index.offset.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.offset[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return index.offset[low] ?? index.bytes;
}
