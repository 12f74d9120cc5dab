import { type FileHandle, open } from "node:fs/promises";
import { assembleNested } from "hyparquet/src/assemble.js";
import type { DecodedArray, SchemaTree } from "hyparquet/src/types.js";
import { UserError } from "../../../../contracts/user-error";
import { Breather } from "../../breather";
import { cannotRead, changedFile, type DataFile, hasIdentity } from "../data-file";
import type { RowSink } from "../spool";
import { checkDistinct } from "../spool-table";
import { ColumnReader } from "./column-reader";
import { DamagedParquet, UnsupportedParquet } from "./damaged-parquet";
import { type ByteSource, type ParquetTable, type RowGroup, readParquetTable } from "./parquet-metadata";
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
  spool: RowSink,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<"row"> {
  const handle = await open(data.file).catch((error) => {
    throw cannotRead(data.shown, error);
  });
  try {
    const source = {
      size: data.size,
      read: (offset: number, length: number) => readAt(handle, offset, length),
    };
    await readParquetRows(source, data.shown, spool, onBytes, signal);
    if (!hasIdentity(await handle.stat({ bigint: true }), data.identity)) throw changedFile(data.shown);
    return "row";
  } catch (error) {
    throw error instanceof UserError ? error : cannotRead(data.shown, error);
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw new DamagedParquet("it ends too early");
    done += bytesRead;
  }
  return buffer;
}

/** Throws UserError "file-unreadable", "bad-column", "cancelled"; and what `source` throws of the system's. */
export async function readParquetRows(
  source: ByteSource,
  shown: string,
  sink: RowSink,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const table = await readParquetTable(source);
    checkDistinct(
      table.schema.children.map(({ element }) => element.name),
      shown,
    );
    const breather = new Breather(signal);
    let done = 0;
    for (const group of table.groups) {
      await spoolGroup(source, table, group, sink, breather, (rows) => {
        onBytes(Math.round((source.size * (done + rows)) / Math.max(1, table.rows)));
      });
      done += group.rows;
    }
  } catch (error) {
    throw asUserError(error, shown);
  }
}

async function spoolGroup(
  source: ByteSource,
  { schema }: ParquetTable,
  group: RowGroup,
  sink: RowSink,
  breather: Breather,
  onRows: (rows: number) => void,
): Promise<void> {
  const readers = group.chunks.map((chunk) => ({
    reader: new ColumnReader(source, chunk),
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
    addRows(sink, schema, values, count);
    if (sink.isFull) await sink.flush();
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

function addRows(sink: RowSink, schema: SchemaTree, values: Map<string, DecodedArray>, count: number): void {
  const columns = schema.children.map((child) => {
    if (child.children.length > 0) assembleNested(values, child, parsers);
    return { name: child.element.name, values: values.get(child.path.join("."))! };
  });
  for (const column of columns) {
    if (column.values?.length !== count) {
      throw new DamagedParquet(`the parts of column "${column.name}" do not fit together`);
    }
  }
  for (let row = 0; row < count; row++) addRow(sink, columns, row);
}

function addRow(
  sink: RowSink,
  columns: readonly { name: string; values: DecodedArray }[],
  row: number,
): void {
  const members: string[] = [];
  for (const { name, values } of columns) {
    try {
      members.push(`${JSON.stringify(name)}:${JSON.stringify(jsonValue(values[row]))}`);
    } catch (error) {
      if (!(error instanceof NotUtf8)) throw error;
      sink.addMalformed(
        `column "${name}": the text is not UTF-8.`,
        "bad-encoding",
        "Write the column as UTF-8.",
      );
      return;
    }
  }
  sink.addRow(`{${members.join(",")}}`);
}

/** hyparquet throws errors of all kinds at bytes that make no sense. */
function asUserError(error: unknown, shown: string): unknown {
  // The system's are told by whoever reads.
  if (error instanceof UserError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  if (error instanceof UnsupportedParquet) {
    return new UserError("file-unreadable", `${shown}: ${error.message}.`, error.advice);
  }
  const reason = error instanceof DamagedParquet ? error.message : "its pages make no sense";
  return new UserError(
    "file-unreadable",
    `${shown} is a damaged Parquet file: ${reason}.`,
    "Download or copy the file again.",
  );
}
