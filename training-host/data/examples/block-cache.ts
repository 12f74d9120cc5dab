import type { FileHandle } from "node:fs/promises";

/** Long enough that small files are read in a few pieces; short enough to be read for one example of a large one. */
const BLOCK_BYTES = 64 * 2 ** 10;

/** Blocks of files that were read lately, up to a number of bytes for all files together. */
export class BlockCache {
  readonly #most: number;
  /** The block used last is at the end. */
  readonly #blocks = new Map<string, Promise<Buffer>>();
  #files = 0;

  constructor(bytes = 128 * 2 ** 20) {
    this.#most = Math.max(1, Math.floor(bytes / BLOCK_BYTES));
  }

  /** A reader of one file, of which only the first `end()` bytes are there. They must not change. */
  reader(handle: FileHandle, end: () => number): (start: number, length: number) => Promise<Buffer> {
    const file = this.#files++;
    return async (start, length) => {
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const number = Math.floor((start + done) / BLOCK_BYTES);
        const block = await this.#block(file, number, handle, end());
        const from = start + done - number * BLOCK_BYTES;
        const copied = block.copy(bytes, done, from);
        if (copied === 0) throw new RangeError("The file of examples is shorter than it was.");
        done += copied;
      }
      return bytes;
    };
  }

  #block(file: number, number: number, handle: FileHandle, end: number): Promise<Buffer> {
    const start = number * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, end - start);
    // A file that grows has another last block every time.
    const key = `${file}/${number}/${length}`;
    const block = this.#blocks.get(key) ?? readBlock(handle, start, length);
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    if (this.#blocks.size > this.#most) this.#blocks.delete(this.#blocks.keys().next().value!);
    block.catch(() => this.#blocks.delete(key));
    return block;
  }
}

async function readBlock(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(block, done, length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return block.subarray(0, done);
}
