/** Unpacks an npm package: a gzipped tar archive whose files all lie in `package/`. */
import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";

const BLOCK = 512;
const ROOT = /^[^/]+\//;

/** Writes the package's files below `folder`, without the archive's first folder. Throws Error when the archive is damaged. */
export function unpackTarball(archive: Buffer, folder: string): void {
  const tar = gunzipSync(archive);
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) return;
    const bytes = Number.parseInt(text(header, 124, 12), 8);
    const type = text(header, 156, 1);
    const prefix = text(header, 345, 155);
    const name = (prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100);
    if (type === "0" || type === "")
      writeInside(folder, name.replace(ROOT, ""), tar.subarray(at + BLOCK, at + BLOCK + bytes));
    at += BLOCK + Math.ceil(bytes / BLOCK) * BLOCK;
  }
}

/** A name with ".." must not reach outside. */
function writeInside(folder: string, name: string, content: Buffer): void {
  const target = path.resolve(folder, name);
  if (!target.startsWith(path.resolve(folder) + path.sep))
    throw new Error(`${name} lies outside of the package`);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
}

function text(header: Buffer, start: number, length: number): string {
  return header
    .toString("utf8", start, start + length)
    .replace(/\0.*$/s, "")
    .trim();
}
