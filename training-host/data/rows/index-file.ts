import { ContentHash } from "./content-hash";
import type { DataFile } from "./data-file";
import { checkTextBeginning } from "./file-beginning";
import { filePieces } from "./file-pieces";
import type { IndexedContent } from "./indexed-content";
import { LineEndFinder } from "./line-end-finder";
import { LineIndexer } from "./line-index";

/**
 * Indexes a file of lines in one pass, in some 30 MiB of memory whatever its size. `onBytes` gets the bytes done so far.
 * Throws UserError "bad-encoding" (UTF-16), "file-unreadable", "file-missing", "cancelled".
 */
export async function indexFile(
  data: DataFile,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<IndexedContent> {
  const finder = LineEndFinder.take();
  const indexer = new LineIndexer(finder);
  const hash = new ContentHash();
  let done = 0;
  try {
    for await (const piece of filePieces(data, { signal, into: finder.buffers })) {
      if (done === 0) checkTextBeginning(piece, data.shown);
      indexer.add(piece);
      hash.update(piece);
      done += piece.length;
      onBytes(done);
    }
    return { index: indexer.finish(), contentHash: hash.digest(), placed: "line", spooled: false };
  } finally {
    finder.release();
  }
}
