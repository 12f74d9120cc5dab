/** The part of a file that has arrived. It is hashed as it comes, and stays when the download is broken off. */
import type { Hash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { startHash } from "./content-hash";
import type { RepositoryFile } from "./repository-file";

const READ_BYTES = 2 ** 20;

export class PartialFile {
  private hash: Hash | null = null;
  private written = 0;

  private constructor(
    private readonly location: string,
    private readonly handle: fs.promises.FileHandle,
    private readonly file: Pick<RepositoryFile, "size" | "hash">,
  ) {}

  /** Opens what an earlier download has left, or begins anew. */
  static async open(
    location: string,
    file: Pick<RepositoryFile, "size" | "hash">,
    signal: AbortSignal,
  ): Promise<PartialFile> {
    fs.mkdirSync(path.dirname(location), { recursive: true });
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
    const handle = await fs.promises.open(location, O_RDWR | O_CREAT | (O_NOFOLLOW ?? 0), 0o644);
    const partial = new PartialFile(location, handle, file);
    try {
      await partial.readBack(signal);
    } catch (error) {
      await partial.close();
      throw error;
    }
    return partial;
  }

  /** Bytes that are there. */
  get size(): number {
    return this.written;
  }

  get isWhole(): boolean {
    return this.written === this.file.size;
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.handle.write(chunk, at, chunk.length - at, this.written + at);
      at += bytesWritten;
    }
    this.hash?.update(chunk);
    this.written += chunk.length;
  }

  /** Throws away what is there. */
  async clear(): Promise<void> {
    await this.handle.truncate(0);
    this.written = 0;
    this.hash = this.file.hash && startHash(this.file.hash, this.file.size);
  }

  /** null: what is there is what it should be; else its hash. Once only: what was hashed cannot be added to. */
  mismatch(): string | null {
    if (this.hash === null) return null;
    const found = this.hash.digest("hex");
    return found === this.file.hash!.hex ? null : found;
  }

  /** Puts the file in its place; only now may others see it. */
  async moveTo(place: string): Promise<void> {
    await this.handle.sync();
    await this.close();
    fs.renameSync(this.location, place);
  }

  async remove(): Promise<void> {
    await this.close();
    fs.rmSync(this.location, { force: true });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** What was hashed before is not known any more: it is read again. */
  private async readBack(signal: AbortSignal): Promise<void> {
    const { size } = await this.handle.stat();
    this.hash = this.file.hash && startHash(this.file.hash, this.file.size);
    if (size > this.file.size) return this.clear();
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    while (this.written < size) {
      signal.throwIfAborted();
      const { bytesRead } = await this.handle.read(buffer, 0, READ_BYTES, this.written);
      if (bytesRead === 0) break;
      this.hash?.update(buffer.subarray(0, bytesRead));
      this.written += bytesRead;
    }
  }
}
