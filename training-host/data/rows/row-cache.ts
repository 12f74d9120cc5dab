import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { ContentHash } from "./content-hash";
import type { DataFile } from "./data-file";
import type { IndexedContent } from "./indexed-content";
import { cannotWrite } from "./spool";

/** Increased when the same file would be indexed or laid out otherwise than before. */
const CACHE_VERSION = 1;
const MAGIC = "mos-rows";

/** What nobody has opened for so long is removed; of a file that has changed since, after a day. */
const MOST_IDLE_MS = 14 * 24 * 3600 * 1000;
const SUPERSEDED_IDLE_MS = 24 * 3600 * 1000;

/**
 * Indexes and spools of data files. Nothing in it is needed: what is missing, damaged or of another version is made again.
 * An index is written last and names what it belongs to; of two processes that do the same work at once, the last one's files stay,
 * and they are byte for byte the other's.
 */
export class RowCache {
  constructor(readonly folder: string) {}

  /** Where the rows of a file are laid out. Makes the folder. Throws UserError "folder-unwritable", "disk-full". */
  async spoolPath(data: DataFile): Promise<string> {
    const file = this.#path(data, "jsonl");
    await mkdir(this.folder, { recursive: true, mode: 0o700 }).catch((error) => {
      throw cannotWrite(file, data.shown, error);
    });
    return file;
  }

  /** What is known of a file as it is now, or null. */
  async find(data: DataFile): Promise<IndexedContent | null> {
    const file = this.#path(data, "index");
    const bytes = await readFile(file).catch(() => null);
    const content = bytes === null ? null : decode(bytes);
    if (content === null) return null;
    const size = content.spooled
      ? await stat(this.#path(data, "jsonl")).catch(() => null)
      : { size: data.size };
    if (size?.size !== content.index.bytes) return null;
    const now = new Date();
    await utimes(file, now, now).catch(() => {});
    return content;
  }

  /** Failures are ignored: the next one makes the index again. */
  async keep(data: DataFile, content: IndexedContent): Promise<void> {
    const file = this.#path(data, "index");
    const partial = `${file}.${process.pid}-${Math.random().toString(36).slice(2, 10)}.partial`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(partial, encode(content), { mode: 0o600 });
      await rename(partial, file);
      await this.#prune(data);
    } catch {
      await rm(partial, { force: true }).catch(() => {});
    }
  }

  #path(data: DataFile, suffix: string): string {
    return path.join(this.folder, `${place(data)}-${state(data)}.${suffix}`);
  }

  async #prune(data: DataFile): Promise<void> {
    const own = `${place(data)}-${state(data)}.`;
    const entries = await readdir(this.folder);
    for (const name of entries.filter((entry) => ENTRY.test(entry) && !entry.startsWith(own))) {
      const [key] = name.split(".") as [string];
      const facts = await stat(path.join(this.folder, `${key}.index`)).catch(() =>
        stat(path.join(this.folder, name)).catch(() => null),
      );
      const idle = Date.now() - (facts?.mtimeMs ?? Date.now());
      const limit =
        name.startsWith(place(data)) || name.endsWith(".partial") ? SUPERSEDED_IDLE_MS : MOST_IDLE_MS;
      if (idle > limit) await rm(path.join(this.folder, name), { force: true }).catch(() => {});
    }
  }
}

/** Of ours; whatever else lies in the folder is left alone. */
const ENTRY = /^[0-9a-f]{16}-[0-9a-f]{16}\.(jsonl|index)(\.[\w-]+\.partial)?$/;

const place = (data: DataFile) => digest(data.file);
const state = (data: DataFile) => digest(`${CACHE_VERSION} ${data.identity}`);

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

interface Header {
  version: number;
  contentHash: string;
  placed: IndexedContent["placed"];
  spooled: boolean;
  rows: number;
  bytes: number;
  entries: number;
}

/** `mos-rows {...}\n`, the three lists as little-endian float64, and 16 bytes that tell damage. */
function encode({ index, contentHash, placed, spooled }: IndexedContent): Buffer {
  const { rows, bytes, row, offset, line } = index;
  const header: Header = {
    version: CACHE_VERSION,
    contentHash,
    placed,
    spooled,
    rows,
    bytes,
    entries: row.length,
  };
  const head = Buffer.from(`${MAGIC} ${JSON.stringify(header)}\n`);
  const lists = [row, offset, line].map((list) => Buffer.from(list.buffer, list.byteOffset, list.byteLength));
  const body = Buffer.concat([head, ...lists]);
  return Buffer.concat([body, checksum(body)]);
}

/** null: damaged, or of another version. */
function decode(file: Buffer): IndexedContent | null {
  const body = file.subarray(0, -16);
  if (file.length < 16 || !checksum(body).equals(file.subarray(-16))) return null;
  const end = body.indexOf(0x0a);
  const [magic, json] = splitAtSpace(body.toString("utf8", 0, end));
  if (magic !== MAGIC) return null;
  const { version, contentHash, placed, spooled, rows, bytes, entries } = JSON.parse(json) as Header;
  if (version !== CACHE_VERSION) return null;
  const list = (position: number) => {
    const start = end + 1 + position * entries * 8;
    return new Float64Array(new Uint8Array(body.subarray(start, start + entries * 8)).buffer);
  };
  return {
    index: { rows, bytes, row: list(0), offset: list(1), line: list(2) },
    contentHash,
    placed,
    spooled,
  };
}

function splitAtSpace(text: string): [string, string] {
  const space = text.indexOf(" ");
  return [text.slice(0, space), text.slice(space + 1)];
}

function checksum(bytes: Uint8Array): Buffer {
  const hash = new ContentHash();
  hash.update(bytes);
  return Buffer.from(hash.digest(), "hex");
}
