import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { PageHeader } from "hyparquet/src/types.js";
import { DamagedParquet, UnsupportedParquet } from "./damaged-parquet";
import { checkDeltas, checkRuns, checkSharedBeginnings, MOST_PAGE_VALUES } from "./encoded-runs";
import type { ColumnChunk } from "./parquet-metadata";

/** What a page may unfold to. Writers make pages of a megabyte. */
export const LARGEST_PAGE = 128 * 2 ** 20;

/** Throws DamagedParquet for sizes and counts that no page has. */
export function checkPageHeader(header: PageHeader): void {
  const { compressed_page_size: compressed, uncompressed_page_size: uncompressed } = header;
  const counts = [
    header.data_page_header?.num_values,
    header.dictionary_page_header?.num_values,
    header.data_page_header_v2?.num_values,
    header.data_page_header_v2?.num_rows,
    header.data_page_header_v2?.num_nulls,
  ];
  if (!isCount(compressed, LARGEST_PAGE) || !isCount(uncompressed, LARGEST_PAGE)) {
    throw new DamagedParquet(`a page has more than ${LARGEST_PAGE / 2 ** 20} MiB or an impossible size`);
  }
  if (counts.some((count) => count !== undefined && !isCount(count, MOST_PAGE_VALUES))) {
    throw new DamagedParquet("a page has an impossible number of values");
  }
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/**
 * Looks at the structure of an uncompressed data page, so that hyparquet allocates and loops no more than the page is worth.
 * For a page of the second version, `body` is its levels and the uncompressed values.
 */
export function checkDataPage(
  body: Uint8Array,
  header: PageHeader,
  chunk: ColumnChunk,
  hasDictionary: boolean,
): void {
  const maxRepetition = getMaxRepetitionLevel(chunk.leaf.schemaPath);
  const maxDefinition = getMaxDefinitionLevel(chunk.leaf.schemaPath);
  const v2 = header.data_page_header_v2;
  const { num_values: count, encoding } = (v2 ?? header.data_page_header)!;
  // Every level of nesting makes a list per value.
  if (count * (1 + maxDefinition) > 2 * MOST_PAGE_VALUES) {
    throw new DamagedParquet("a page has an impossible number of values");
  }
  let offset = 0;
  let present = count;
  if (v2 !== undefined) {
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2;
    if (maxRepetition > 0) checkRuns(body, { start: 0, end: repetition }, bitWidth(maxRepetition), count);
    offset = repetition + definition;
    if (maxDefinition > 0) {
      present = checkRuns(
        body,
        { start: repetition, end: offset },
        bitWidth(maxDefinition),
        count,
        maxDefinition,
      ).equal;
    }
    if (present !== count - v2.num_nulls)
      throw new DamagedParquet("a page has another number of nulls than it says");
  } else {
    const { definition_level_encoding, repetition_level_encoding } = header.data_page_header!;
    const deprecated = [
      maxDefinition > 0 && definition_level_encoding,
      maxRepetition > 0 && repetition_level_encoding,
    ];
    if (deprecated.includes("BIT_PACKED")) throw unsupportedEncoding(chunk, "BIT_PACKED");
    if (maxRepetition > 0) offset = checkLevels(body, offset, maxRepetition, count).end;
    if (maxDefinition > 0) {
      const levels = checkLevels(body, offset, maxDefinition, count);
      offset = levels.end;
      present = levels.equal;
    }
  }
  if (encoding.endsWith("_DICTIONARY") && !hasDictionary) {
    throw new DamagedParquet("a page refers to a dictionary that is not there");
  }
  checkValues(body, offset, present, encoding, chunk, v2 !== undefined);
}

/** Levels of the first version: their length in four bytes, then runs. */
function checkLevels(
  body: Uint8Array,
  offset: number,
  most: number,
  count: number,
): { equal: number; end: number } {
  if (offset + 4 > body.length) throw new DamagedParquet("a page ends too early");
  const length = new DataView(body.buffer, body.byteOffset).getUint32(offset, true);
  const range = { start: offset + 4, end: offset + 4 + length };
  if (range.end > body.length) throw new DamagedParquet("a page ends too early");
  return { equal: checkRuns(body, range, bitWidth(most), count, most).equal, end: range.end };
}

function checkValues(
  body: Uint8Array,
  offset: number,
  count: number,
  encoding: string,
  chunk: ColumnChunk,
  isV2: boolean,
): void {
  const { type, leaf } = chunk;
  const room = body.length - offset;
  switch (encoding) {
    case "PLAIN":
      return;
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (count === 0 && room === 0) return;
      if (room < 1 || type === "BOOLEAN") throw new DamagedParquet("a page of indices is malformed");
      const width = body[offset]!;
      if (width > 31) throw new DamagedParquet("a page of indices is malformed");
      // In the first version hyparquet takes width 0 as zeros, whatever follows.
      if (width > 0 || isV2) checkRuns(body, { start: offset + 1, end: body.length }, width, count);
      return;
    }
    case "RLE": {
      if (type !== "BOOLEAN" || room < 4) throw new DamagedParquet("a page of booleans is malformed");
      checkRuns(body, { start: offset + 4, end: body.length }, 1, count);
      return;
    }
    case "BYTE_STREAM_SPLIT": {
      const width = type === "FIXED_LEN_BYTE_ARRAY" ? leaf.schemaPath.at(-1)!.element.type_length! : 1;
      if (count * width > room) throw new DamagedParquet("a page ends too early");
      return;
    }
    case "DELTA_BINARY_PACKED":
    case "DELTA_LENGTH_BYTE_ARRAY":
      if (count > 0) checkDeltas(body, offset, count);
      return;
    case "DELTA_BYTE_ARRAY":
      if (count > 0) checkSharedBeginnings(body, offset, count, LARGEST_PAGE);
      return;
    default:
      throw unsupportedEncoding(chunk, encoding);
  }
}

function unsupportedEncoding(chunk: ColumnChunk, encoding: string | undefined): UnsupportedParquet {
  return new UnsupportedParquet(
    `column "${chunk.leaf.path.join(".")}" is encoded by ${encoding ?? "an unknown encoding"}, which cannot be read`,
    "Write the file again with a current writer.",
  );
}

function bitWidth(most: number): number {
  return 32 - Math.clz32(most);
}
