import type { ColumnMetaData, FileMetaData, SchemaTree } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet";
import { getTreePath } from "hyparquet/src/schema.js";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { DamagedParquet, UnsupportedParquet } from "./damaged-parquet";
import { type Codec, codecs } from "./decompress-page";
import { thriftEnd } from "./thrift-check";

/** The bytes of a file, wherever they are. */
export interface ByteSource {
  size: number;
  /** Exactly `length` bytes, a buffer of its own. Throws DamagedParquet beyond the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Of 1000 row groups of 60 columns: 10 MiB. */
const LARGEST_METADATA = 32 * 2 ** 20;
const MOST_COLUMNS = 10_000;
const DEEPEST_SCHEMA = 24;
/** hyparquet's time for a decimal of n bytes grows with n squared. */
const LONGEST_DECIMAL = 64;
const LONGEST_FIXED = 2 ** 16;

/** A column without columns in it. */
export interface Leaf {
  path: string[];
  /** From the root to the leaf. */
  schemaPath: SchemaTree[];
}

/** Where a leaf's values of one row group are. */
export interface ColumnChunk {
  leaf: Leaf;
  codec: Codec;
  type: ColumnMetaData["type"];
  /** Offsets in the file. */
  start: number;
  end: number;
}

export interface RowGroup {
  rows: number;
  /** In the order of the leaves. */
  chunks: ColumnChunk[];
}

/** What is known of a table before its pages are read: everything in it fits the file and each other. */
export interface ParquetTable {
  schema: SchemaTree;
  leaves: Leaf[];
  groups: RowGroup[];
  rows: number;
}

/** Throws DamagedParquet, UnsupportedParquet, and whatever hyparquet throws at what it cannot parse. */
export async function readParquetTable(source: ByteSource): Promise<ParquetTable> {
  const footer = await readFooter(source);
  checkFooter(footer);
  const metadata = parquetMetadata(footer, { geoparquet: false });
  checkSchema(metadata);
  const schema = parquetSchema(metadata);
  const leaves = leavesOf(schema, schema);
  for (const leaf of leaves) checkLeaf(leaf);
  const groups = metadata.row_groups.map((group) => rowGroup(group, leaves, source.size));
  return { schema, leaves, groups, rows: groups.reduce((sum, group) => sum + group.rows, 0) };
}

/** Metadata, its length, and the magic number. */
async function readFooter({ size, ...source }: ByteSource): Promise<Uint8Array> {
  const tail = await source.read(Math.max(0, size - 8), Math.min(8, size));
  const magic = tail.toString("latin1", Math.max(0, tail.length - 4));
  if (magic === "PARE") throw encrypted("its metadata");
  if (size < 12 || magic !== "PAR1") throw new DamagedParquet("it does not end as a Parquet file does");
  const length = tail.readUInt32LE(0);
  if (length > size - 12) throw new DamagedParquet("its metadata is longer than the file");
  if (length > LARGEST_METADATA) {
    throw new DamagedParquet(`its metadata has more than ${LARGEST_METADATA / 2 ** 20} MiB`);
  }
  return source.read(size - 8 - length, length + 8);
}

interface ThriftStruct {
  [field: `field_${number}`]: unknown;
}

/** Before hyparquet parses it, statistics and all. Field numbers are those of parquet.thrift. */
function checkFooter(footer: Uint8Array): void {
  if (thriftEnd(footer.subarray(0, -8), 0) === null) throw new DamagedParquet("its metadata ends too early");
  const view = new DataView(footer.buffer, footer.byteOffset, footer.length - 8);
  const { field_2: schema, field_4: groups } = deserializeTCompactProtocol({ view, offset: 0 }) as {
    field_2?: ThriftStruct[];
    field_4?: { field_1: { field_3?: { field_12?: ThriftStruct } }[] }[];
  };
  if (!Array.isArray(schema) || !Array.isArray(groups))
    throw new DamagedParquet("its metadata lacks a schema");
  const DECIMAL = 5;
  const decimal = schema
    .filter(({ field_1 }) => field_1 !== undefined)
    .map(({ field_6 }) => field_6 === DECIMAL);
  for (const { field_1: columns } of groups) {
    for (const [index, column] of columns.entries()) {
      const statistics = Object.values(column.field_3?.field_12 ?? {});
      const long = statistics.some((value) => value instanceof Uint8Array && value.length > LONGEST_DECIMAL);
      if (decimal[index] === true && long)
        throw new DamagedParquet("its statistics hold impossible decimals");
    }
  }
}

/** hyparquet builds the tree by recursion, and copies the path at every level. */
function checkSchema({ schema }: FileMetaData): void {
  if (schema.length === 0) throw new DamagedParquet("its metadata lacks a schema");
  if (schema.length > MOST_COLUMNS)
    throw new UnsupportedParquet(`it has more than ${MOST_COLUMNS} columns`, "");
  /** Children still to come, of every element above. */
  const open: number[] = [];
  for (const [index, { num_children: children = 0, type }] of schema.entries()) {
    if (index > 0 && open.length === 0)
      throw new DamagedParquet("its schema has elements outside of the root");
    if (open.length > 0) open[open.length - 1]!--;
    if (
      children < 0 ||
      (children > 0 && type !== undefined) ||
      (children === 0 && index > 0 && type === undefined)
    ) {
      throw new DamagedParquet("its schema has malformed elements");
    }
    if (children > 0) open.push(children);
    while (open.at(-1) === 0) open.pop();
    if (open.length > DEEPEST_SCHEMA) throw new DamagedParquet("its schema is nested too deeply");
  }
  if (open.length > 0) throw new DamagedParquet("its schema ends too early");
}

function leavesOf(root: SchemaTree, node: SchemaTree): Leaf[] {
  if (node.children.length > 0) return node.children.flatMap((child) => leavesOf(root, child));
  return node === root ? [] : [{ path: node.path, schemaPath: getTreePath(root, node.path) }];
}

function checkLeaf({ path, schemaPath }: Leaf): void {
  const { type, type_length, converted_type, logical_type } = schemaPath.at(-1)!.element;
  const column = path.join(".");
  if (type === "FIXED_LEN_BYTE_ARRAY" && !(type_length! >= 1 && type_length! <= LONGEST_FIXED)) {
    throw new DamagedParquet(`column "${column}" has values of an impossible length`);
  }
  const special = [converted_type, logical_type?.type].find((kind) => unsupportedTypes.has(kind ?? ""));
  const variant = schemaPath.some(({ element }) => element.logical_type?.type === "VARIANT");
  if (special === undefined && !variant) return;
  throw new UnsupportedParquet(
    `column "${column}" is of type ${special ?? "VARIANT"}, which cannot be read`,
    "Write the table without the column.",
  );
}

const unsupportedTypes = new Set(["BSON", "INTERVAL"]);

function rowGroup(
  group: FileMetaData["row_groups"][number],
  leaves: readonly Leaf[],
  size: number,
): RowGroup {
  const rows = Number(group.num_rows);
  if (!(Number.isSafeInteger(rows) && rows >= 0))
    throw new DamagedParquet("a row group has an impossible number of rows");
  if (group.columns.length !== leaves.length) throw new DamagedParquet("a row group lacks a column");
  return { rows, chunks: group.columns.map((column, index) => columnChunk(column, leaves[index]!, size)) };
}

function columnChunk(
  column: FileMetaData["row_groups"][number]["columns"][number],
  leaf: Leaf,
  size: number,
): ColumnChunk {
  const name = leaf.path.join(".");
  const meta = column.meta_data;
  if (column.crypto_metadata !== undefined || column.encrypted_column_metadata !== undefined) {
    throw encrypted(`column "${name}"`);
  }
  if (meta === undefined) throw new DamagedParquet(`column "${name}" has no metadata`);
  if (column.file_path) {
    throw new UnsupportedParquet(`column "${name}" is in another file`, "Write the table as one file.");
  }
  if (meta.path_in_schema.join(".") !== name || meta.type !== leaf.schemaPath.at(-1)!.element.type) {
    throw new DamagedParquet(`a row group has another column where "${name}" should be`);
  }
  const codec = codecs.find((known) => known === meta.codec);
  if (codec === undefined) {
    throw new UnsupportedParquet(
      `column "${name}" is compressed by ${meta.codec ?? "an unknown codec"}, which cannot be read`,
      "Write the file again with zstd or snappy compression.",
    );
  }
  const offsets = [meta.dictionary_page_offset, meta.data_page_offset].map((offset) => Number(offset ?? 0));
  const start = Math.min(...offsets.filter((offset) => offset > 0));
  const end = start + Number(meta.total_compressed_size);
  if (!(start >= 4 && end >= start && end <= size - 8)) {
    throw new DamagedParquet(`column "${name}" lies outside of the file`);
  }
  return { leaf, codec, type: meta.type, start, end };
}

function encrypted(what: string): UnsupportedParquet {
  return new UnsupportedParquet(
    `${what} is encrypted, which cannot be read`,
    "Write the file without encryption.",
  );
}
