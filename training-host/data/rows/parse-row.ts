import { isUtf8 } from "node:buffer";
import { UserError } from "../../../contracts/user-error";
import { jsonReason } from "./json-reason";
import { LONGEST_LINE } from "./row-splitter";

/** The value of one line of JSON. Throws UserError "bad-encoding" or "bad-row", which begin with `place`; null: too long a line. */
export function parseRow(bytes: Uint8Array | null, place: string): unknown {
  if (bytes === null) {
    throw new UserError(
      "bad-row",
      `${place}: the line is longer than ${LONGEST_LINE / 2 ** 20} MiB.`,
      "JSON lines need one row per line.",
    );
  }
  if (!isUtf8(bytes)) {
    throw new UserError("bad-encoding", `${place}: the text is not UTF-8.`, "Save the file as UTF-8.");
  }
  const text = textOf(bytes);
  try {
    return parseJson(bytes, text);
  } catch (error) {
    throw new UserError(
      "bad-row",
      `${place}: expected one JSON object on the line, found malformed JSON (${jsonReason(error, text)}).`,
    );
  }
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

/** Rows shorter than this are parsed as they are: their values cannot fill the memory. */
const UNSUSPICIOUS = 2 ** 20;
/** A list or object of its own takes some 60 bytes of memory, and one byte of text. */
const MOST_BRACKETS = 2 ** 20;
const MOST_COMMAS = 2 ** 23;
/** Beyond it, whoever walks over a value by recursion would run out of stack. */
const DEEPEST = 100;

/**
 * `JSON.parse` of UTF-8 bytes, whose text is `text`. Throws Error; also for rows that would unfold to a multiple of their length in
 * memory, or are nested beyond all measure.
 */
export function parseJson(bytes: Uint8Array, text: string): unknown {
  if (bytes.length >= UNSUSPICIOUS) checkCounts(bytes);
  const value: unknown = JSON.parse(text);
  if (bytes.length > 2 * DEEPEST && isDeeper(value, DEEPEST)) {
    throw new Error(`it is nested more than ${DEEPEST} levels deep`);
  }
  return value;
}

function checkCounts(bytes: Uint8Array): void {
  let brackets = 0;
  let commas = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte === 0x5b || byte === 0x7b) brackets++;
    else if (byte === 0x2c) commas++;
  }
  if (brackets > MOST_BRACKETS || commas > MOST_COMMAS) throw new Error("it has millions of values");
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeper(member, levels - 1));
}
