import * as zlib from "node:zlib";
import { decompress as decompressZstd } from "fzstd";
import { compressors } from "hyparquet-compressors";
import { DamagedParquet } from "./damaged-parquet";

/** As far as they can be read. "LZO" has no description that anyone writes by. */
export const codecs = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const;
export type Codec = (typeof codecs)[number];

/** `length` bytes out of a compressed page; never more memory than that. Throws DamagedParquet. */
export function decompressPage(codec: Codec, bytes: Uint8Array, length: number): Uint8Array {
  if (codec !== "UNCOMPRESSED" && length === 0) return new Uint8Array(0);
  const page = codec === "UNCOMPRESSED" ? bytes : decompressed(codec, bytes, length);
  if (page.length === length) return page;
  throw new DamagedParquet("a page has another length than its header says");
}

function decompressed(codec: Exclude<Codec, "UNCOMPRESSED">, bytes: Uint8Array, length: number): Uint8Array {
  try {
    return decompress(codec, bytes, length);
  } catch {
    throw new DamagedParquet(`a page is no ${codec} data`);
  }
}

type ZstdSync = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

function decompress(codec: Exclude<Codec, "UNCOMPRESSED">, bytes: Uint8Array, length: number): Uint8Array {
  const options = { maxOutputLength: length };
  switch (codec) {
    case "GZIP":
      return zlib.unzipSync(bytes, options);
    case "BROTLI":
      return zlib.brotliDecompressSync(bytes, options);
    case "ZSTD": {
      // Node has it since 22.15.
      const native = (zlib as { zstdDecompressSync?: ZstdSync }).zstdDecompressSync;
      return native === undefined ? decompressZstd(bytes, new Uint8Array(length)) : native(bytes, options);
    }
    default:
      return compressors[codec]!(bytes, length);
  }
}
