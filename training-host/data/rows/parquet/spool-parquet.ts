import { type FileHandle, open } from "node:fs/promises";
import { assembleNested } from "hyparquet/src/assemble.js";
import type { DecodedArray, SchemaTree } from "hyparquet/src/types.js";
import { UserError } from "../../../../contracts/user-error";
import { Breather } from "../../breather";
import { cannotRead, changedFile, type DataFile, identityOf } from "../data-file";
import type { Spool } from "../spool";
import { checkDistinct } from "../spool-table";
import { ColumnReader } from "./column-reader";
import { DamagedParquet, UnsupportedParquet } from "./damaged-parquet";
import { type ParquetTable, type RowGroup, readParquetTable } from "./parquet-metadata";
import { jsonValue, NotUtf8, parsers } from "./parquet-values";

/** Rows that become text at once. */
const BATCH = 256;
/** Of pages of all columns in memory. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * Lays out a Parquet table as JSON lines, in the memory of one page per column.
 * Throws UserError "file-unreadable" (damaged, encrypted, an unsupported codec: with the column), "bad-column", "file-missing",
 * "cancelled".
 */
export async function spoolParquet(
  data: DataFile,
  spool: Spool,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<"row"> {
  const handle = await open(data.file).catch((error) => {
    throw cannotRead(data.shown, error);
  });
  try {
    const table = await readParquetTable(handle, data.size);
    checkDistinct(namesOf(table.schema), data.shown);
    const breather = new Breather(signal);
    let done = 0;
    for (const group of table.groups) {
      await spoolGroup(handle, table, group, spool, breather, (rows) => {
        onBytes(Math.round((data.size * (done + rows)) / Math.max(1, table.rows)));
      });
      done += group.rows;
    }
    if (identityOf(await handle.stat({ bigint: true })) !== data.identity) throw changedFile(data.shown);
    return "row";
  } catch (error) {
    throw asUserError(error, data.shown);
  } finally {
    await handle.close();
  }
}

function namesOf(tree: SchemaTree): string[] {
  return tree.children.map(({ element }) => element.name);
}

async function spoolGroup(
  handle: FileHandle,
  { schema }: ParquetTable,
  group: RowGroup,
  spool: Spool,
  breather: Breather,
  onRows: (rows: number) => void,
): Promise<void> {
  const readers = group.chunks.map((chunk) => ({
    reader: new ColumnReader(handle, chunk),
    path: chunk.leaf.path,
  }));
  if (readers.length === 0 && group.rows > 0) throw new DamagedParquet("it has rows without columns");
  for (let done = 0; done < group.rows; ) {
    for (const { reader } of readers) {
      await reader.fill();
      await breather.breathe();
    }
    checkMemory(readers);
    const count = Math.min(BATCH, group.rows - done, ...readers.map(({ reader }) => reader.available));
    const values = new Map(readers.map(({ reader, path }) => [path.join("."), reader.take(count)]));
    addRows(spool, schema, values, count);
    if (spool.isFull) await spool.flush();
    await breather.breathe();
    done += count;
    onRows(done);
  }
  for (const { reader } of readers) await reader.finish();
}

function checkMemory(readers: readonly { reader: ColumnReader }[]): void {
  const bytes = readers.reduce((sum, { reader }) => sum + reader.bytes, 0);
  if (bytes <= MOST_BYTES) return;
  throw new DamagedParquet(`its pages need more than ${MOST_BYTES / 2 ** 20} MiB of memory at once`);
}

function addRows(spool: Spool, schema: SchemaTree, values: Map<string, DecodedArray>, count: number): void {
  const columns = schema.children.map((child) => {
    if (child.children.length > 0) assembleNested(values, child, parsers);
    return { name: child.element.name, values: values.get(child.path.join("."))! };
  });
  for (const column of columns) {
    if (column.values?.length !== count) {
      throw new DamagedParquet(`the parts of column "${column.name}" do not fit together`);
    }
  }
  for (let row = 0; row < count; row++) addRow(spool, columns, row);
}

function addRow(spool: Spool, columns: readonly { name: string; values: DecodedArray }[], row: number): void {
  const members: string[] = [];
  for (const { name, values } of columns) {
    try {
      members.push(`${JSON.stringify(name)}:${JSON.stringify(jsonValue(values[row]))}`);
    } catch (error) {
      if (!(error instanceof NotUtf8)) throw error;
      spool.addMalformed(
        `column "${name}": the text is not UTF-8.`,
        "bad-encoding",
        "Write the column as UTF-8.",
      );
      return;
    }
  }
  spool.addRow(`{${members.join(",")}}`);
}

/** hyparquet throws errors of all kinds at bytes that make no sense. */
function asUserError(error: unknown, shown: string): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof UnsupportedParquet) {
    return new UserError("file-unreadable", `${shown}: ${error.message}.`, error.advice);
  }
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return cannotRead(shown, error);
  const reason = error instanceof DamagedParquet ? error.message : "its pages make no sense";
  return new UserError(
    "file-unreadable",
    `${shown} is a damaged Parquet file: ${reason}.`,
    "Download or copy the file again.",
  );
}
