import path from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { UserError } from "../../../contracts/user-error";
import { type DataFile, examineDataFile } from "./data-file";
import { formOf } from "./file-form";

/**
 * What the user wrote: a file or a pattern (`data/general/*.jsonl`, `**` for folders at any depth), relative to a folder or absolute;
 * or files that are known already (from the Hub), absolute.
 */
export type RowLocation =
  | { path: string; baseDirectory: string }
  | { shown: string; files: readonly string[] };

export interface FoundFiles {
  /** As the user wrote it. */
  shown: string;
  /** At least one, in the order of their rows: for patterns that of their names' characters, on every machine the same. */
  files: DataFile[];
}

/** Throws UserError "file-missing", "file-empty", "file-unreadable". */
export async function findDataFiles(location: RowLocation): Promise<FoundFiles> {
  const { shown, named } = "files" in location ? knownFiles(location) : await writtenFiles(location);
  const files: DataFile[] = [];
  for (const { file, name } of named) {
    const data = await examineDataFile(file, name, named.length > 1);
    formOf(name);
    files.push(data);
  }
  return { shown, files };
}

interface NamedFiles {
  shown: string;
  named: { file: string; name: string }[];
}

function knownFiles({ shown, files }: { shown: string; files: readonly string[] }): NamedFiles {
  if (files.length === 0) throw new UserError("file-missing", `${shown} has no data files.`);
  const folder = commonFolder(files);
  const name = (file: string) => `${shown}/${slashed(path.relative(folder, file))}`;
  return { shown, named: files.map((file) => ({ file, name: name(file) })) };
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]!);
  while (
    !files.every((file) => file.startsWith(folder === path.dirname(folder) ? folder : folder + path.sep))
  ) {
    folder = path.dirname(folder);
  }
  return folder;
}

async function writtenFiles(location: { path: string; baseDirectory: string }): Promise<NamedFiles> {
  const { path: written, baseDirectory } = location;
  const one = path.resolve(baseDirectory, written);
  const alone = { shown: written, named: [{ file: one, name: written }] };
  if (!isDynamicPattern(slashed(written))) return alone;
  // A file may be called `data[1].jsonl`.
  const missing = await examineDataFile(one, written).then(
    () => false,
    (error) => error instanceof UserError && error.reason === "file-missing",
  );
  if (!missing) return alone;
  const found = await glob(slashed(written), {
    cwd: baseDirectory,
    absolute: true,
    onlyFiles: true,
    expandDirectories: false,
  });
  if (found.length === 0) {
    throw new UserError(
      "file-missing",
      `No file matches ${written}.`,
      `It was looked for in ${path.resolve(baseDirectory)}.`,
    );
  }
  const absolute = path.isAbsolute(written);
  const name = (file: string) => (absolute ? slashed(file) : slashed(path.relative(baseDirectory, file)));
  const named = found.map((file) => ({ file: path.normalize(file), name: name(file) }));
  return { shown: written, named: named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) };
}

/** Only on Windows is a backslash a separator; elsewhere it may be a character of a name. */
function slashed(name: string): string {
  return path.sep === "\\" ? name.replaceAll("\\", "/") : name;
}
