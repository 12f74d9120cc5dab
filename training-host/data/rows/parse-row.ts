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
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      "bad-row",
      `${place}: expected one JSON object on the line, found malformed JSON (${jsonReason(error, text)}).`,
    );
  }
}
