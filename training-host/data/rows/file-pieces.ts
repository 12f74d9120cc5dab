import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "../../../contracts/user-error";
import { cannotRead, changedFile, type DataFile, identityOf } from "./data-file";
import { PIECE } from "./line-end-finder";

/**
 * The bytes of a file in order; the next piece is read while the caller looks at one. `into`: two buffers to read into in turn, so
 * that a piece is overwritten when the next but one is asked for; without them every piece has its own.
 * Throws UserError "file-unreadable" (also when the file changed meanwhile), "file-missing", "cancelled".
 */
export async function* filePieces(
  data: DataFile,
  { signal, into }: { signal?: AbortSignal | undefined; into?: readonly [Buffer, Buffer] } = {},
): AsyncGenerator<Buffer> {
  const handle = await open(data.file).catch((error) => {
    throw cannotRead(data.shown, error);
  });
  // One byte more than the file has, to notice that it has grown.
  const length = Math.min(PIECE, data.size + 1);
  let turn: 0 | 1 = 0;
  const buffer = () => into?.[turn] ?? Buffer.allocUnsafeSlow(length);
  let offset = 0;
  let next = readPiece(handle, buffer(), 0);
  try {
    for (;;) {
      const piece = await next;
      if (signal?.aborted) throw new UserError("cancelled", "Reading the data was cancelled.");
      if (piece.length === 0) break;
      offset += piece.length;
      turn = turn === 0 ? 1 : 0;
      next = readPiece(handle, buffer(), offset);
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

function readPiece(handle: FileHandle, buffer: Buffer, offset: number): Promise<Buffer> {
  const reading = handle
    .read(buffer, 0, buffer.length, offset)
    .then(({ bytesRead }) => (bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)));
  // A failure is told where the piece is awaited.
  reading.catch(() => {});
  return reading;
}
