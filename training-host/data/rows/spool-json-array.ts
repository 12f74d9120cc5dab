import { isUtf8 } from "node:buffer";
import { UserError } from "../../../contracts/user-error";
import { BrokenArray, JsonElements } from "./json-elements";
import { jsonReason } from "./json-reason";
import { checkNesting } from "./parse-row";
import { LONGEST_LINE } from "./row-splitter";
import type { Spool } from "./spool";

/** Lays out the elements of a JSON array as lines. Throws UserError "bad-row" when the array itself is broken. */
export async function spoolJsonArray(
  pieces: AsyncIterable<Uint8Array>,
  spool: Spool,
  shown: string,
): Promise<void> {
  const elements = new JsonElements(LONGEST_LINE);
  let row = 0;
  try {
    for await (const piece of pieces) {
      for (const { bytes, line, column } of elements.elements(piece)) {
        row++;
        addElement(spool, bytes, { line, column });
        if (spool.isFull) await spool.flush();
      }
    }
    elements.finish();
  } catch (error) {
    if (!(error instanceof BrokenArray)) throw error;
    throw new UserError(
      "bad-row",
      `${shown}: the JSON array is malformed after row ${row} (${error.message}).`,
      "What follows cannot be read: repair the file, or write it as JSON lines (.jsonl).",
    );
  }
}

function addElement(spool: Spool, bytes: Uint8Array | null, start: { line: number; column: number }): void {
  const at = `at line ${start.line}, column ${start.column}`;
  if (bytes === null) {
    spool.addMalformed(`the row is longer than ${LONGEST_LINE / 2 ** 20} MiB (${at}).`);
  } else if (!isUtf8(bytes)) {
    spool.addMalformed(`the text is not UTF-8 (${at}).`, "bad-encoding", "Save the file as UTF-8.");
  } else if (bytes.length === 0) {
    spool.addMalformed(`expected a row, found nothing between commas (${at}).`);
  } else {
    addText(spool, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), start);
  }
}

function addText(spool: Spool, bytes: Buffer, start: { line: number; column: number }): void {
  const text = bytes.toString("utf8");
  try {
    checkNesting(bytes);
    JSON.parse(text);
  } catch (error) {
    spool.addMalformed(`expected a JSON object, found malformed JSON (${jsonReason(error, text, start)}).`);
    return;
  }
  // Valid JSON has line ends only between its parts, where a space does as well.
  spool.addRow(/[\n\r]/.test(text) ? text.replace(/[\n\r]/g, " ") : text);
}
