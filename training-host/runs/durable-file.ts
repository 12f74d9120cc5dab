import * as fs from "node:fs";
import * as path from "node:path";
import { explainWriteFailure } from "./write-failure";

/**
 * Replaces `file` whole or not at all, whatever interrupts us: written beside, synced, renamed.
 * @throws UserError "disk-full" or "folder-unwritable"; then the old file is untouched.
 */
export function writeDurably(file: string, content: string | Uint8Array, mode = 0o644): void {
  const beside = `${file}.${process.pid}.partial`;
  try {
    const handle = fs.openSync(beside, "w", mode);
    try {
      fs.writeFileSync(handle, content);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(beside, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw explainWriteFailure(error, file);
  }
}

/** Makes renames and new names in `folder` survive a power failure. */
export function syncFolder(folder: string): void {
  // Windows cannot open folders, and does not need it.
  if (process.platform === "win32") return;
  syncPath(folder);
}

export function syncPath(fileOrFolder: string): void {
  const handle = fs.openSync(fileOrFolder, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
