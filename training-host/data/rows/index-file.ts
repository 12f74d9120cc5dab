import { open } from "node:fs/promises";
import { UserError } from "../../../contracts/user-error";
import { ContentHash } from "./content-hash";
import { cannotRead, changedFile, type DataFile, identityOf } from "./data-file";
import { type LineIndex, LineIndexer } from "./line-index";

/** Read while the one before is looked at. */
const PIECE = 2 * 2 ** 20;

export interface IndexedContent {
  index: LineIndex;
  contentHash: string;
}

/**
 * Indexes a file of lines in one pass, in some 20 MiB of memory whatever its size.
 * `onBytes` gets the bytes done so far. Throws UserError "file-unreadable" (changed meanwhile), "file-missing", "cancelled".
 */
export async function indexFile(
  data: DataFile,
  onBytes: (bytes: number) => void = () => {},
  signal?: AbortSignal,
): Promise<IndexedContent> {
  const indexer = new LineIndexer();
  const hash = new ContentHash();
  let done = 0;
  for await (const piece of filePieces(data, signal)) {
    indexer.add(piece);
    hash.update(piece);
    done += piece.length;
    onBytes(done);
  }
  return { index: indexer.finish(), contentHash: hash.digest() };
}

/** The bytes of a file in order. A piece is overwritten when the next but one is asked for. */
export async function* filePieces(data: DataFile, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await open(data.file).catch((error) => {
    throw cannotRead(data.shown, error);
  });
  const buffers = [Buffer.allocUnsafeSlow(PIECE), Buffer.allocUnsafeSlow(PIECE)] as const;
  let offset = 0;
  let turn: 0 | 1 = 0;
  const readNext = () => {
    const promise = handle.read(buffers[turn], 0, PIECE, offset);
    promise.catch(() => {});
    return promise;
  };
  let next = readNext();
  try {
    for (;;) {
      const { bytesRead } = await next;
      if (signal?.aborted) throw new UserError("cancelled", "Reading the data was cancelled.");
      if (bytesRead === 0) break;
      const piece = buffers[turn].subarray(0, bytesRead);
      offset += bytesRead;
      turn = turn === 0 ? 1 : 0;
      next = readNext();
      yield piece;
    }
    if (identityOf(await handle.stat({ bigint: true })) !== data.identity) throw changedFile(data.shown);
  } catch (error) {
    throw error instanceof UserError ? error : cannotRead(data.shown, error);
  } finally {
    await next.catch(() => {});
    await handle.close();
  }
}
