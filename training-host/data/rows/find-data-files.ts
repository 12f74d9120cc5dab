import path from "node:path";
import { UserError } from "../../../contracts/user-error";
import { type DataFile, examineDataFile } from "./data-file";

/** What the user wrote: a file or a pattern, relative to a folder or absolute; or files that are known already (from the Hub). */
export type RowLocation =
  | { path: string; baseDirectory: string }
  | { shown: string; files: readonly string[] };

export interface FoundFiles {
  /** As the user wrote it. */
  shown: string;
  /** At least one, in the order of their rows. */
  files: DataFile[];
}

const readable = [".jsonl", ".ndjson", ".json"];

export async function findDataFiles(location: RowLocation): Promise<FoundFiles> {
  if ("files" in location) {
    const files: DataFile[] = [];
    for (const file of location.files)
      files.push(await examine(file, `${location.shown}/${path.basename(file)}`));
    return { shown: location.shown, files };
  }
  const file = await examine(path.resolve(location.baseDirectory, location.path), location.path);
  return { shown: location.path, files: [file] };
}

async function examine(file: string, shown: string): Promise<DataFile> {
  const data = await examineDataFile(file, shown);
  const suffix = path.extname(file).toLowerCase();
  if (!readable.includes(suffix)) {
    throw new UserError(
      "file-unreadable",
      `${shown}: files ${suffix === "" ? "without a suffix" : `ending in "${suffix}"`} cannot be read.`,
      `Use JSON lines (.jsonl, .ndjson) or a JSON array (.json).`,
    );
  }
  return data;
}
