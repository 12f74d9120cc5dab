import { createReadStream } from "node:fs";
import { TextDecoder } from "node:util";
import { UserError } from "../../../contracts/user-error";
import { byteLines, LineTooLong, LONGEST_LINE } from "./byte-lines";
import type { DatasetRow } from "./dataset-row";
import { jsonReason } from "./json-reason";

/**
 * Rows of a JSON lines file, read as a stream. Blank lines, CR LF, a byte order mark and a last line without its end are fine.
 * `shown` is the file's name in messages. Throws UserError "bad-encoding" and "bad-row" with file and line.
 */
export async function* readJsonLines(file: string, shown: string): AsyncGenerator<DatasetRow> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const chunks: AsyncIterable<Uint8Array> = createReadStream(file, { highWaterMark: 256 * 1024 });
  try {
    for await (const { bytes, number, end } of byteLines(chunks)) {
      const place = `${shown}:${number}`;
      const text = decodeLine(decoder, bytes, place, number);
      if (text.trim() === "") continue;
      yield { value: parseLine(text, place), place, source: bytes, bytesRead: end };
    }
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    throw new UserError(
      "bad-row",
      `${shown}:${error.line}: the line is longer than ${LONGEST_LINE / 2 ** 20} MiB.`,
      "JSON lines need one row per line.",
    );
  }
}

function decodeLine(decoder: TextDecoder, bytes: Uint8Array, place: string, number: number): string {
  try {
    const text = decoder.decode(bytes);
    return number === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    throw notUtf8(place, number === 1 ? bytes : new Uint8Array(0));
  }
}

/** `start` is the file's beginning, which tells UTF-16. */
export function notUtf8(place: string, start: Uint8Array): UserError {
  const utf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  return new UserError(
    "bad-encoding",
    `${place}: the text is not UTF-8${utf16 ? ", it looks like UTF-16" : ""}.`,
    "Save the file as UTF-8.",
  );
}

function parseLine(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      "bad-row",
      `${place}: expected one JSON object on the line, found malformed JSON (${jsonReason(error, text)}).`,
    );
  }
}
