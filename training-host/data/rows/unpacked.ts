import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { Decompress } from "fzstd";
import { UserError } from "../../../contracts/user-error";
import { type FramePart, ZstdFrames } from "./zstd-frames";

/** What comes out of the decompressor at once. */
const CHUNK = 256 * 2 ** 10;

/**
 * The decompressed bytes of a gzip or Zstandard stream of one or several members (frames).
 * Throws UserError "file-unreadable" for damaged and cut ones.
 */
export async function* unpacked(
  pieces: AsyncIterable<Buffer>,
  packed: "gzip" | "zstd",
  shown: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* packed === "gzip" ? gunzipped(pieces) : unzstd(pieces);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(shown, packed, error as Error & { code?: unknown });
  }
}

async function* gunzipped(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let length = 0;
  let tail: Buffer = Buffer.alloc(0);
  async function* counted() {
    for await (const piece of pieces) {
      length += piece.length;
      tail = piece;
      yield piece;
    }
  }
  const gunzip = zlib.createGunzip({ chunkSize: CHUNK });
  yield* through(counted(), gunzip);
  // zlib stops silently at what is no further member; padding with zeros is allowed (gzip's manual), anything else is damage.
  const rest = length - gunzip.bytesWritten;
  if (rest > 0 && tail.subarray(-Math.min(rest, tail.length)).some((byte) => byte !== 0)) {
    throw new Error("there is something else behind its data");
  }
}

async function* unzstd(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames();
  async function* parts(): AsyncGenerator<FramePart> {
    for await (const piece of pieces) yield* frames.parts(piece);
    frames.end();
  }
  // Node has Zstandard since 22.15.
  const native = (zlib as { createZstdDecompress?: (options: object) => Transform }).createZstdDecompress;
  yield* byFrames(parts(), (frame) =>
    native === undefined ? inJavaScript(frame) : through(frame, native({ chunkSize: CHUNK })),
  );
}

/** Node's decompressor drops what follows the first frame without a word, and the other keeps a short last one to itself. */
async function* byFrames(
  parts: AsyncGenerator<FramePart>,
  decompress: (frame: AsyncGenerator<Buffer>) => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const first = await parts.next();
    if (first.done) return;
    async function* frame(): AsyncGenerator<Buffer> {
      for (let part = first; !part.done; part = await parts.next()) {
        yield part.value.bytes;
        if (part.value.endsFrame) return;
      }
    }
    yield* decompress(frame());
  }
}

async function* through(source: AsyncGenerator<Buffer>, transform: Transform): AsyncGenerator<Uint8Array> {
  // Errors of both come out of the iteration.
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {});
  for await (const chunk of transform) yield chunk as Uint8Array;
}

async function* inJavaScript(frame: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => {
    if (chunk.length > 0) out.push(chunk);
  });
  const drain = () => {
    const chunks = out;
    out = [];
    return chunks;
  };
  for await (const bytes of frame) {
    // Little at a time: a block of four bytes can unfold to 128 KiB.
    for (let start = 0; start < bytes.length; start += 1024) {
      decompress.push(bytes.subarray(start, start + 1024));
      yield* drain();
    }
  }
  decompress.push(new Uint8Array(0), true);
  yield* drain();
}

function damaged(shown: string, packed: "gzip" | "zstd", error: Error & { code?: unknown }): UserError {
  const kind = packed === "gzip" ? "gzip" : "Zstandard";
  if (error.code === "Z_BUF_ERROR" || error.message === "unexpected end") {
    return new UserError(
      "file-unreadable",
      `${shown} is cut off: its ${kind} data ends too early.`,
      "Download or copy the file again.",
    );
  }
  return new UserError(
    "file-unreadable",
    `${shown} is damaged, or no ${kind} file (${error.message}).`,
    "Download or copy the file again.",
  );
}
