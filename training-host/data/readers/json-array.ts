import { readFile } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { UserError } from "../../../contracts/user-error";
import type { DatasetRow } from "./dataset-row";
import { jsonReason } from "./json-reason";
import { notUtf8 } from "./jsonl";

/** A string of V8 holds about 512 Mi characters. */
const LARGEST_FILE = 256 * 2 ** 20;

/** Rows of a file that holds one JSON array; `size` is its length in bytes. Rows are counted from 1 in messages. */
export async function* readJsonArray(file: string, shown: string, size: number): AsyncGenerator<DatasetRow> {
  if (size > LARGEST_FILE) {
    throw new UserError(
      "file-unreadable",
      `${shown} is a JSON array of more than ${LARGEST_FILE / 2 ** 20} MiB, which has to be read at once.`,
      "Write it as JSON lines (.jsonl), one row per line.",
    );
  }
  const rows = parse(await readFile(file), shown);
  for (const [index, value] of rows.entries()) {
    const bytesRead = Math.round((size * (index + 1)) / rows.length);
    yield { value, place: `${shown}, row ${index + 1}`, source: JSON.stringify(value), bytesRead };
  }
}

function parse(bytes: Uint8Array, shown: string): unknown[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8(shown, bytes);
  }
  try {
    return JSON.parse(text) as unknown[];
  } catch (error) {
    throw new UserError("bad-row", `${shown}: the JSON array is malformed (${jsonReason(error, text)}).`);
  }
}
