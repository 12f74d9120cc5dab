import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Makes a folder and those above it, one after the other: mkdir's own `recursive` tries for ever (Node 20 to 24) where an
 * existing folder says that it does not exist, as those under /proc do. Throws what mkdir throws.
 */
export function makeFolders(folder: string): void {
  if (isFolder(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) makeFolders(above);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(folder: string): boolean {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
