import { constants } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../../contracts/user-error";
import type { DatasetRow } from "./dataset-row";
import { readJsonArray } from "./json-array";
import { readJsonLines } from "./jsonl";

const readable = [".jsonl", ".ndjson", ".json"];

export interface DataFile {
  /** Absolute. */
  file: string;
  /** As the user wrote it, for messages. */
  shown: string;
  /** Bytes. */
  size: number;
}

/**
 * Finds a data file and makes sure that it can be read. `shown` is relative to `baseDirectory`, or absolute.
 * Throws UserError: "file-missing" (also for folders), "file-empty", "file-unreadable".
 */
export async function findDataFile(shown: string, baseDirectory: string): Promise<DataFile> {
  const file = path.resolve(baseDirectory, shown);
  const facts = await stat(file).catch(() => null);
  if (facts === null) {
    const pattern = /[*?]/.test(shown) ? " Patterns with * cannot be used yet: name one file." : "";
    throw new UserError(
      "file-missing",
      `The data file ${shown} does not exist.`,
      `It was looked for at ${file}.${pattern}`,
    );
  }
  if (facts.isDirectory()) {
    throw new UserError("file-missing", `${shown} is a folder, not a data file.`, "Name one file in it.");
  }
  const suffix = path.extname(file).toLowerCase();
  if (!readable.includes(suffix)) {
    throw new UserError(
      "file-unreadable",
      `${shown}: files ${suffix === "" ? "without a suffix" : `ending in "${suffix}"`} cannot be read.`,
      `Use JSON lines (.jsonl, .ndjson) or a JSON array (.json).`,
    );
  }
  await access(file, constants.R_OK).catch(() => {
    throw new UserError(
      "file-unreadable",
      `The data file ${shown} may not be read.`,
      "Check its permissions.",
    );
  });
  if (facts.size === 0) throw emptyFile(shown);
  return { file, shown, size: facts.size };
}

export function emptyFile(shown: string): UserError {
  return new UserError("file-empty", `The data file ${shown} has no rows.`);
}

/** The rows of a file of any form that can be read. Throws UserError "file-empty" when there is none. */
export async function* readRows(data: DataFile): AsyncGenerator<DatasetRow> {
  const array = path.extname(data.file).toLowerCase() === ".json" && (await startsWithBracket(data.file));
  const rows = array ? readJsonArray(data.file, data.shown, data.size) : readJsonLines(data.file, data.shown);
  let empty = true;
  for await (const row of rows) {
    empty = false;
    yield row;
  }
  if (empty) throw emptyFile(data.shown);
}

/** Files named .json hold an array, or JSON lines all the same. */
async function startsWithBracket(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer
      .toString("utf8", 0, bytesRead)
      .replace(/^\uFEFF/, "")
      .trimStart()
      .startsWith("[");
  } finally {
    await handle.close();
  }
}
