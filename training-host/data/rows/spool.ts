import { type FileHandle, open, rename, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { UserError, type UserErrorReason } from "../../../contracts/user-error";
import { ContentHash } from "./content-hash";
import { type LineIndex, LineIndexer } from "./line-index";

/** Begins the line of a malformed row. No JSON does. */
const MALFORMED_MARK = "!";

/** What is written at once. */
const PIECE = 2 ** 20;
/** The disk's free space is looked at after every so many bytes. */
const LOOK_EVERY = 64 * 2 ** 20;
/** Left to everyone else on the disk. */
const LEAST_FREE = 128 * 2 ** 20;

/** What a file may unfold to. Text shrinks to a fifth, and made-up files can claim anything. */
const LARGEST_GROWTH = 200;
const ALWAYS_ALLOWED = 2 ** 30;

/** What takes the rows of tables and arrays: a spool, of which they need only this. */
export type RowSink = Pick<Spool, "addRow" | "addMalformed" | "isFull" | "flush">;

/** A file without random access, laid out as JSON lines. Written beside its place and renamed when it is whole. */
export class Spool {
  readonly #indexer = new LineIndexer();
  readonly #hash = new ContentHash();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #text: string[] = [];
  #textLength = 0;
  #written = 0;
  #lookAt = 0;

  private constructor(
    private readonly handle: FileHandle,
    private readonly partial: string,
    private readonly file: string,
    private readonly origin: { shown: string; size: number },
    private readonly mostBytes: number,
  ) {}

  /** `file` is where it will be. Throws UserError "folder-unwritable", "disk-full". */
  static async create(
    file: string,
    origin: { shown: string; size: number },
    mostBytes: number = ALWAYS_ALLOWED + LARGEST_GROWTH * origin.size,
  ): Promise<Spool> {
    const partial = `${file}.${process.pid}-${Math.random().toString(36).slice(2, 10)}.partial`;
    try {
      return new Spool(await open(partial, "wx", 0o600), partial, file, origin, mostBytes);
    } catch (error) {
      throw cannotWrite(file, origin.shown, error);
    }
  }

  /** A row as JSON text without line ends. */
  addRow(json: string): void {
    this.#text.push(json);
    this.#textLength += json.length + 1;
  }

  /** A row that cannot be read: `message` is what follows its place. */
  addMalformed(message: string, reason: UserErrorReason = "bad-row", advice = ""): void {
    this.addRow(MALFORMED_MARK + JSON.stringify({ reason, message, advice }));
  }

  /** Bytes as they are, lines or parts of lines. */
  addBytes(bytes: Uint8Array): void {
    this.#endText();
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Whether it is time for `flush`. */
  get isFull(): boolean {
    return this.#pendingBytes + this.#textLength >= PIECE;
  }

  /** Throws UserError "disk-full", "folder-unwritable", "file-unreadable" (what unfolds beyond all measure). */
  async flush(): Promise<void> {
    this.#endText();
    const pieces = this.#pending;
    this.#pending = [];
    this.#written += this.#pendingBytes;
    this.#pendingBytes = 0;
    this.#checkGrowth();
    try {
      await this.#checkSpace();
      for (const piece of pieces) {
        this.#indexer.add(piece);
        this.#hash.update(piece);
        await writeFully(this.handle, piece);
      }
    } catch (error) {
      throw error instanceof UserError ? error : cannotWrite(this.file, this.origin.shown, error);
    }
  }

  /** Writes the rest and moves the spool to its place. */
  async finish(): Promise<{ index: LineIndex; contentHash: string }> {
    await this.flush();
    try {
      // A spool that a power failure cut short must not carry its name.
      await this.handle.datasync();
      await this.handle.close();
      await rename(this.partial, this.file).catch((error) => this.#accept(error));
    } catch (error) {
      throw cannotWrite(this.file, this.origin.shown, error);
    }
    return { index: this.#indexer.finish(), contentHash: this.#hash.digest() };
  }

  /** On Windows nobody may replace what another process has opened; but that is the same file, byte for byte. */
  async #accept(error: unknown): Promise<void> {
    const there = await stat(this.file).catch(() => null);
    if (there?.size !== this.#written) throw error;
    await rm(this.partial, { force: true });
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => {});
    await rm(this.partial, { force: true }).catch(() => {});
  }

  #endText(): void {
    if (this.#text.length === 0) return;
    const bytes = Buffer.from(`${this.#text.join("\n")}\n`);
    this.#text = [];
    this.#textLength = 0;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #checkGrowth(): void {
    if (this.#written <= this.mostBytes) return;
    throw new UserError(
      "file-unreadable",
      `${this.origin.shown} unfolds to more than ${LARGEST_GROWTH} times its size.`,
      "If it should, write it as plain JSON lines.",
    );
  }

  async #checkSpace(): Promise<void> {
    if (this.#written < this.#lookAt) return;
    this.#lookAt = this.#written + LOOK_EVERY;
    const { bavail, bsize } = await statfs(path.dirname(this.file));
    if (bavail * bsize < LEAST_FREE) {
      throw Object.assign(new Error("little space is left"), { code: "ENOSPC" });
    }
  }
}

/** The error of a line that `addMalformed` has written; null: another line. */
export function malformedError(line: Uint8Array, place: string): UserError | null {
  if (line[0] !== MALFORMED_MARK.charCodeAt(0)) return null;
  const { reason, message, advice } = JSON.parse(Buffer.from(line.subarray(1)).toString("utf8")) as {
    reason: UserErrorReason;
    message: string;
    advice: string;
  };
  return new UserError(reason, `${place}: ${message}`, advice);
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}

export function cannotWrite(file: string, shown: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  const folder = path.dirname(file);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new UserError(
      "disk-full",
      `There is no space left in ${folder}, where the rows of ${shown} are laid out.`,
      "Free some space, then start again. What lies in that folder may be deleted while nothing runs.",
    );
  }
  return new UserError(
    "folder-unwritable",
    `The rows of ${shown} cannot be laid out in ${folder} (${code ?? String(error)}).`,
    "Check the folder's permissions.",
  );
}
