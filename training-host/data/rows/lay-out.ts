import type { DataFile } from "./data-file";
import { firstCharacter, textPieces } from "./file-beginning";
import type { FileForm, TextForm } from "./file-form";
import { filePieces } from "./file-pieces";
import type { IndexedContent } from "./indexed-content";
import { spoolParquet } from "./parquet/spool-parquet";
import { Spool } from "./spool";
import { spoolJsonArray } from "./spool-json-array";
import { spoolTable } from "./spool-table";
import { unpacked } from "./unpacked";

/**
 * Lays a file without random access out as JSON lines. `onBytes` gets the bytes of the file done so far.
 * Throws UserError: see openRows.
 */
export async function layOut(
  data: DataFile,
  { form, packed }: FileForm,
  spoolFile: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<IndexedContent> {
  const spool = await Spool.create(spoolFile, data);
  try {
    const placed =
      form === "parquet"
        ? await spoolParquet(data, spool, onBytes, signal)
        : await spoolText(data, form, packed, spool, onBytes, signal);
    return { ...(await spool.finish()), placed, spooled: true };
  } catch (error) {
    await spool.abandon();
    throw error;
  }
}

/** How the rows are named: see IndexedContent. */
type Placed = IndexedContent["placed"];

async function spoolText(
  data: DataFile,
  form: TextForm,
  packed: "gzip" | "zstd" | null,
  spool: Spool,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Placed> {
  const raw = counted(filePieces(data, { signal }), onBytes);
  const pieces = textPieces(packed === null ? raw : unpacked(raw, packed, data.shown), data.shown);
  switch (form) {
    case "csv":
      await spoolTable(pieces, ",", spool, data.shown, signal);
      return "row";
    case "tsv":
      await spoolTable(pieces, "\t", spool, data.shown, signal);
      return "row";
    case "lines":
      await spoolLines(pieces, spool);
      return "line";
    case "json": {
      const json = await firstCharacter(pieces);
      if (json.character !== "[") {
        await spoolLines(json.pieces, spool);
        return "line";
      }
      await spoolJsonArray(json.pieces, spool, data.shown);
      return "row";
    }
  }
}

/** Whether a file named .json is an array. */
export async function isJsonArray(data: DataFile): Promise<boolean> {
  const { character, close } = await firstCharacter(textPieces(filePieces(data), data.shown));
  await close();
  return character === "[";
}

async function spoolLines(pieces: AsyncIterable<Uint8Array>, spool: Spool): Promise<void> {
  for await (const piece of pieces) {
    spool.addBytes(piece);
    if (spool.isFull) await spool.flush();
  }
}

async function* counted(
  pieces: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const piece of pieces) {
    yield piece;
    done += piece.length;
    onBytes(done);
  }
}
