import { UserError } from "../../../contracts/user-error";
import { type DataFile, sizeIdentity } from "./data-file";
import { type FileForm, formOf } from "./file-form";
import { indexFile } from "./index-file";
import type { IndexedContent } from "./indexed-content";
import { isJsonArray, layOut } from "./lay-out";
import { LinedFile, type LinedFileDescription } from "./lined-file";
import { parseRow } from "./parse-row";
import type { RowCache } from "./row-cache";

/** One file of a source: where its rows are, and how they are told. */
export interface RowFile extends LinedFileDescription {
  placed: IndexedContent["placed"];
  /** Whether we have laid out the rows, so that malformed ones are marked: see Spool.addMalformed. */
  marked: boolean;
  /** Bytes of the data file (not of its layout in the cache). */
  size: number;
}

/** Below this an index is made again sooner than one would notice. */
const SMALLEST_KEPT = 8 * 2 ** 20;

/** Indexes a data file, after laying it out where it has no random access; or finds that both have been done already. */
export async function openRowFile(
  data: DataFile,
  cache: RowCache,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ file: RowFile; contentHash: string }> {
  const form = formOf(data.shown);
  const known = await cache.find(data);
  const content = known ?? (await indexed(data, form, cache, onBytes, signal));
  if (known === null && (content.spooled || data.size >= SMALLEST_KEPT)) await cache.keep(data, content);
  const { index, contentHash, placed, spooled } = content;
  const shared = { shown: data.shown, index, placed, marked: spooled && placed === "row", size: data.size };
  const file = spooled
    ? { ...shared, file: await cache.spoolPath(data), identity: sizeIdentity(index.bytes) }
    : { ...shared, file: data.file, identity: data.identity };
  if (form.form === "json" && placed === "line") await checkJsonLines(file);
  return { file, contentHash };
}

/** A file named .json that is no array holds JSON lines, or else one object over many lines, which is no list of rows. */
async function checkJsonLines(file: RowFile): Promise<void> {
  if (file.index.rows === 0) return;
  const lines = new LinedFile(file);
  try {
    const { bytes, line } = await lines.read(0);
    parseRow(bytes, `${file.shown}:${line}`);
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "bad-row") throw error;
    throw new UserError(
      "bad-row",
      `${file.shown} holds neither a JSON array nor JSON lines: its first line is no JSON by itself.`,
      'Rows must be the file\'s own list ("[" first), or one object per line; a list within an object (such as its "data") must be taken out of it.',
    );
  } finally {
    await lines.close();
  }
}

async function indexed(
  data: DataFile,
  form: FileForm,
  cache: RowCache,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<IndexedContent> {
  const isLines =
    form.packed === null && (form.form === "lines" || (form.form === "json" && !(await isJsonArray(data))));
  if (isLines) return indexFile(data, onBytes, signal);
  return layOut(data, form, await cache.spoolPath(data), onBytes, signal);
}
