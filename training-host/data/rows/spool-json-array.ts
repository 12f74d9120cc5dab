import { isUtf8 } from "node:buffer";
import { UserError } from "../../../contracts/user-error";
import { BrokenArray, JsonElements } from "./json-elements";
import { jsonReason } from "./json-reason";
import { parseJson, textOf } from "./parse-row";
import { LONGEST_LINE } from "./row-splitter";
import type { RowSink } from "./spool";

/** Lays out the elements of a JSON array as lines. Throws UserError "bad-row" when the array itself is broken. */
export async function spoolJsonArray(
  pieces: AsyncIterable<Uint8Array>,
  sink: RowSink,
  shown: string,
): Promise<void> {
  const elements = new JsonElements(LONGEST_LINE);
  let row = 0;
  try {
    for await (const piece of pieces) {
      for (const { bytes, line, column } of elements.elements(piece)) {
        row++;
        addElement(sink, bytes, { line, column });
        if (sink.isFull) await sink.flush();
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

function addElement(sink: RowSink, bytes: Uint8Array | null, start: { line: number; column: number }): void {
  const at = `at line ${start.line}, column ${start.column}`;
  if (bytes === null) {
    sink.addMalformed(`the row is longer than ${LONGEST_LINE / 2 ** 20} MiB (${at}).`);
  } else if (!isUtf8(bytes)) {
    sink.addMalformed(`the text is not UTF-8 (${at}).`, "bad-encoding", "Save the file as UTF-8.");
  } else if (bytes.length === 0) {
    sink.addMalformed(`expected a row, found nothing between commas (${at}).`);
  } else {
    addText(sink, bytes, start);
  }
}

function addText(sink: RowSink, bytes: Uint8Array, start: { line: number; column: number }): void {
  const text = textOf(bytes);
  try {
    parseJson(bytes, text);
  } catch (error) {
    sink.addMalformed(`expected a JSON object, found malformed JSON (${jsonReason(error, text, start)}).`);
    return;
  }
  // Valid JSON has line ends only between its parts, where a space does as well.
  sink.addRow(/[\n\r]/.test(text) ? text.replace(/[\n\r]/g, " ") : text);
}
