import * as zlib from "node:zlib";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import { getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { ColumnDecoder, DecodedArray, PageHeader } from "hyparquet/src/types.js";
import { DamagedParquet } from "./damaged-parquet";
import { decompressPage } from "./decompress-page";
import { checkDataPage, checkPageHeader } from "./page-check";
import type { ByteSource, ColumnChunk } from "./parquet-metadata";
import { decimals, isDecimal, parsers } from "./parquet-values";
import { thriftEnd } from "./thrift-check";

/** Of a page header: statistics may hold long texts. */
const FIRST_HEADER = 4 * 2 ** 10;
const LONGEST_HEADER = 16 * 2 ** 20;

/**
 * The values of one column in one row group, page by page: what is in memory is the dictionary and the page (or two, where a row
 * of a list goes on in the next). hyparquet decodes pages that were checked before.
 */
export class ColumnReader {
  /** Of uncompressed pages in memory, the dictionary's among them. */
  bytes = 0;
  #offset: number;
  readonly #decoder: ColumnDecoder;
  readonly #repeated: boolean;
  readonly #scale: number | null;
  #dictionary: DecodedArray | undefined;
  #dictionaryBytes = 0;
  /** Rows that are complete, but for the last one of a repeated column before the chunk's end. */
  #rows: DecodedArray = [];
  #taken = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly chunk: ColumnChunk,
  ) {
    const { leaf, type } = chunk;
    const element = leaf.schemaPath.at(-1)!.element;
    this.#offset = chunk.start;
    this.#repeated = getMaxRepetitionLevel(leaf.schemaPath) > 0;
    this.#scale = isDecimal(element) ? (element.scale ?? decimalScale(element.logical_type)) : null;
    this.#decoder = {
      pathInSchema: leaf.path,
      // Decimals are ours: see `decimals`.
      element: this.#scale === null ? element : withoutMeaning(element),
      schemaPath: leaf.schemaPath,
      type,
      codec: "UNCOMPRESSED",
      utf8: false,
      parsers,
    } as unknown as ColumnDecoder;
  }

  /** Rows that can be taken without reading. */
  get available(): number {
    const open = this.#repeated && !this.#atEnd ? 1 : 0;
    return Math.max(0, this.#rows.length - this.#taken - open);
  }

  get #atEnd(): boolean {
    return this.#offset >= this.chunk.end;
  }

  /** The next rows; `count` is at most `available`. */
  take(count: number): DecodedArray {
    const rows = this.#rows.slice(this.#taken, this.#taken + count) as DecodedArray;
    this.#taken += count;
    return this.#scale === null ? rows : decimals(rows, this.#scale);
  }

  /** Reads pages until a row is available. Throws DamagedParquet at the end of the chunk. */
  async fill(): Promise<void> {
    while (this.available === 0) {
      if (this.#atEnd) throw new DamagedParquet(`column "${this.#name}" has fewer rows than its row group`);
      await this.#readPage();
    }
  }

  /** Throws DamagedParquet when rows are left. */
  async finish(): Promise<void> {
    while (!this.#atEnd && this.#rows.length === this.#taken) await this.#readPage();
    if (this.#rows.length > this.#taken) {
      throw new DamagedParquet(`column "${this.#name}" has more rows than its row group`);
    }
  }

  get #name(): string {
    return this.chunk.leaf.path.join(".");
  }

  async #readPage(): Promise<void> {
    const { header, end } = await this.#readHeader();
    checkPageHeader(header);
    const size = header.compressed_page_size;
    if (end + size > this.chunk.end)
      throw new DamagedParquet(`a page of column "${this.#name}" ends outside of it`);
    const bytes = await this.source.read(end, size);
    this.#offset = end + size;
    checkChecksum(header, bytes);
    if (header.type === "DICTIONARY_PAGE") this.#takeDictionary(header, bytes);
    else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") this.#takeData(header, bytes);
    else if (header.type !== "INDEX_PAGE") throw new DamagedParquet("a page is of an unknown kind");
  }

  async #readHeader(): Promise<{ header: PageHeader; end: number }> {
    const most = this.chunk.end - this.#offset;
    for (let length = FIRST_HEADER; ; length *= 16) {
      const bytes = await this.source.read(this.#offset, Math.min(most, length));
      const end = thriftEnd(bytes, 0);
      if (end !== null) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        return { header: parquetHeader({ view, offset: 0 }), end: this.#offset + end };
      }
      if (length >= most || length >= LONGEST_HEADER) {
        throw new DamagedParquet(`column "${this.#name}" has a page without a header`);
      }
    }
  }

  #takeDictionary(header: PageHeader, bytes: Buffer): void {
    const page = decompressPage(this.chunk.codec, bytes, header.uncompressed_page_size);
    const { data } = this.#decode(header, page, undefined);
    this.#dictionary = convert(data ?? [], this.#decoder);
    this.#dictionaryBytes = page.length;
    this.bytes = page.length;
  }

  #takeData(header: PageHeader, bytes: Buffer): void {
    const own = ofOwnVersion(header);
    const counts = own.data_page_header ?? own.data_page_header_v2;
    if (counts === undefined) throw new DamagedParquet("a page lacks its header");
    // hyparquet would start again with an empty list.
    if (counts.num_values === 0) return;
    const body =
      header.type === "DATA_PAGE" ? this.#unpacked(header, bytes) : this.#unpackedV2(header, bytes);
    checkDataPage(body, own, this.chunk, this.#dictionary !== undefined);
    const rest = this.#rows.slice(this.#taken) as DecodedArray;
    const { data } = this.#decode(own, body, this.#repeated ? rest : undefined);
    // hyparquet goes on in the list that it gets. Of columns without lists nothing is left when a page is read.
    this.#rows = data ?? [];
    this.#taken = 0;
    checkIndices(this.#rows);
    this.bytes = this.#dictionaryBytes + body.length;
  }

  #unpacked(header: PageHeader, bytes: Buffer): Uint8Array {
    return decompressPage(this.chunk.codec, bytes, header.uncompressed_page_size);
  }

  /** Levels are never compressed in pages of the second version, values not always. */
  #unpackedV2(header: PageHeader, bytes: Buffer): Uint8Array {
    const v2 = header.data_page_header_v2;
    if (v2 === undefined) throw new DamagedParquet("a page lacks its header");
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2;
    const levels = repetition + definition;
    if (
      !(
        repetition >= 0 &&
        definition >= 0 &&
        levels <= bytes.length &&
        levels <= header.uncompressed_page_size
      )
    ) {
      throw new DamagedParquet("a page has impossible levels");
    }
    if (v2.is_compressed === false) return bytes;
    const values = decompressPage(
      this.chunk.codec,
      bytes.subarray(levels),
      header.uncompressed_page_size - levels,
    );
    return Buffer.concat([bytes.subarray(0, levels), values]);
  }

  /** By hyparquet; `page` is not compressed. */
  #decode(header: PageHeader, page: Uint8Array, previous: DecodedArray | undefined): { data?: DecodedArray } {
    // A buffer of its own: what reads beyond the page fails.
    const own =
      page.byteOffset === 0 && page.byteLength === page.buffer.byteLength ? page : Uint8Array.from(page);
    const reader = { view: new DataView(own.buffer), offset: 0 };
    const plain = { ...header, compressed_page_size: own.length, uncompressed_page_size: own.length };
    const v2 = header.data_page_header_v2;
    if (v2 !== undefined) plain.data_page_header_v2 = { ...v2, is_compressed: false };
    return readPage(reader, plain, this.#decoder, this.#dictionary, previous, 0);
  }
}

/** What a header of one version says about the other does not count. */
function ofOwnVersion({ data_page_header, data_page_header_v2, ...header }: PageHeader): PageHeader {
  if (header.type === "DATA_PAGE")
    return data_page_header === undefined ? header : { ...header, data_page_header };
  return data_page_header_v2 === undefined ? header : { ...header, data_page_header_v2 };
}

function decimalScale(type: { type: string } | undefined): number {
  return (type as { scale?: number } | undefined)?.scale ?? 0;
}

function withoutMeaning<T extends object>(element: T): T {
  return { ...element, converted_type: undefined, logical_type: undefined };
}

/** CRC-32 of the page as it is in the file, where its writer has added one (parquet.thrift, PageHeader.crc). */
function checkChecksum(header: PageHeader, bytes: Uint8Array): void {
  // Node has it since 20.15.
  const { crc32 } = zlib as { crc32?: (bytes: Uint8Array) => number };
  if (typeof header.crc !== "number" || crc32 === undefined) return;
  if (crc32(bytes) !== header.crc >>> 0) throw new DamagedParquet("a page's checksum is wrong");
}

/** An index beyond the dictionary gives undefined; null is null. */
function checkIndices(values: DecodedArray): void {
  if (!Array.isArray(values)) return;
  for (const value of values) {
    if (value === undefined) throw new DamagedParquet("a page refers to values that are not there");
    if (Array.isArray(value)) checkIndices(value);
  }
}
