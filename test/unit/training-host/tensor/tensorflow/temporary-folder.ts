import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A folder of its own for every test of the file. */
export function temporaryFolder(): { path: string } {
  const folder = { path: "" };
  beforeEach(() => {
    folder.path = fs.mkdtempSync(path.join(os.tmpdir(), "mos-tensorflow-"));
  });
  afterEach(() => fs.rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

export function write(file: string, content: string | Uint8Array, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content, { mode });
}
