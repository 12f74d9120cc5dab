import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { UserError } from "../../../contracts/user-error";

/** A data file that exists and may be read. */
export interface DataFile {
  /** Absolute. */
  file: string;
  /** For messages: as the user wrote it, or relative to the same folder. */
  shown: string;
  /** Bytes on disk. */
  size: number;
  /** Changes when the file's content does: see identityOf. */
  identity: string;
}

/**
 * Looks at a file. `mayBeEmpty`: as one of several. Throws UserError: "file-missing" (also for folders), "file-empty", "file-unreadable" (permissions).
 */
export async function examineDataFile(file: string, shown: string, mayBeEmpty = false): Promise<DataFile> {
  const facts = await stat(file, { bigint: true }).catch(() => null);
  if (facts === null) {
    throw new UserError(
      "file-missing",
      `The data file ${shown} does not exist.`,
      `It was looked for at ${file}.`,
    );
  }
  if (facts.isDirectory()) {
    const slash = shown.endsWith("/") ? "" : "/";
    throw new UserError(
      "file-missing",
      `${shown} is a folder, not a data file.`,
      `Name one file in it, or write a pattern for several, such as ${shown}${slash}*.jsonl.`,
    );
  }
  if (!facts.isFile()) {
    throw new UserError("file-unreadable", `${shown} is not a file (but a device, pipe or socket).`);
  }
  await access(file, constants.R_OK).catch(() => {
    throw new UserError(
      "file-unreadable",
      `The data file ${shown} may not be read.`,
      "Check its permissions.",
    );
  });
  if (facts.size === 0n && !mayBeEmpty) throw emptyFile(shown);
  return { file, shown, size: Number(facts.size), identity: identityOf(facts) };
}

/** A file that is written, replaced or cut gets another one. (Not one whose clock was set back by hand.) */
export function identityOf(facts: { size: bigint; mtimeNs: bigint; ino: bigint }): string {
  return `${facts.size}-${facts.mtimeNs}-${facts.ino}`;
}

/** Of a file in our cache: whoever lays it out again writes the same bytes. */
export function sizeIdentity(size: number): string {
  return `${size}`;
}

export function hasIdentity(
  facts: { size: bigint; mtimeNs: bigint; ino: bigint },
  identity: string,
): boolean {
  return identity.includes("-") ? identityOf(facts) === identity : `${facts.size}` === identity;
}

export function emptyFile(shown: string): UserError {
  return new UserError("file-empty", `The data file ${shown} has no rows.`);
}

export function changedFile(shown: string): UserError {
  return new UserError(
    "file-unreadable",
    `${shown} was changed while it was read.`,
    "Leave data files alone while a run uses them, then start again.",
  );
}

/** What the system said when a file could be opened or read no longer. */
export function cannotRead(shown: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return new UserError("file-missing", `${shown} disappeared while it was read.`, "Put the file back.");
  }
  return new UserError("file-unreadable", `${shown} could not be read (${code ?? String(error)}).`);
}
