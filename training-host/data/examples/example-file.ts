/**
 * The examples of a dataset on disk: a folder with `examples.bin` (end to end, in order), `lengths.bin` (tokens of each, 4
 * bytes) and `examples.json`, written last. It is written beside under a name of its own and renamed when it is whole, so that
 * any number of processes may do so at once.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import * as v from "valibot";
import { makeFolders } from "../../../run-folder/make-folders";
import { explainWriteFailure } from "../../runs/write-failure";
import type { TokenFacts } from "../example-store";
import type { Example } from "../packed-batch";
import type { BlockCache } from "./block-cache";
import type { EncodedRows } from "./encode-rows";
import { exampleSize, readExample } from "./example-bytes";
import { ExampleOffsets } from "./example-offsets";

const EXAMPLES = "examples.bin";
const LENGTHS = "lengths.bin";
const HEADER = "examples.json";
const PARTIAL = ".partial";

/** Whose unfinished files these are: machine, process, and how many of it were begun before. */
const ownHost = os.hostname().replace(/[^A-Za-z0-9-]/g, "_");
const ownMark = `${ownHost}-${process.pid}`;
let written = 0;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const headerSchema = v.strictObject({
  size: count,
  facts: v.strictObject({ tokens: count, responseTokens: count, truncated: count, dropped: count }),
  /** SHA-256 of lengths.bin. */
  lengths: v.string(),
});

/** The first examples of a dataset, or all of them, to be read by number. */
export interface ReadableExamples {
  readonly offsets: ExampleOffsets;
  /** 0 <= index < offsets.count; null when the file is damaged there. */
  read(index: number): Promise<Example | null>;
  close(): Promise<void>;
}

/** All of them. */
export interface ExampleFile extends ReadableExamples {
  readonly facts: TokenFacts;
}

/** null when `folder` holds no examples, or not these `size` ones whole. */
export async function openExampleFile(
  folder: string,
  size: number,
  cache: BlockCache,
): Promise<ExampleFile | null> {
  let handle: FileHandle | null = null;
  try {
    const header = v.parse(headerSchema, JSON.parse(await readFile(path.join(folder, HEADER), "utf8")));
    const lengths = await readFile(path.join(folder, LENGTHS));
    const isWhole = header.size === size && lengths.length === 4 * size && sha256(lengths) === header.lengths;
    if (!isWhole) return null;
    const offsets = new ExampleOffsets(size);
    const values = new Uint32Array(size);
    new Uint8Array(values.buffer).set(lengths);
    offsets.append(values);
    handle = await open(path.join(folder, EXAMPLES));
    if ((await handle.stat()).size !== offsets.end) throw new RangeError("examples.bin is cut short");
    return { facts: header.facts, ...readable(handle, offsets, cache) };
  } catch {
    await handle?.close();
    return null;
  }
}

/** Takes examples in order; those that it has can be read. */
export class ExampleFileWriter implements ReadableExamples {
  readonly offsets: ExampleOffsets;
  readonly facts: TokenFacts = { tokens: 0, responseTokens: 0, truncated: 0, dropped: 0 };
  readonly #readable: ReadableExamples;

  private constructor(
    private readonly folder: string,
    private readonly beside: string,
    private readonly handle: FileHandle,
    private readonly size: number,
    private readonly cache: BlockCache,
  ) {
    this.offsets = new ExampleOffsets(size);
    this.#readable = readable(handle, this.offsets, cache);
  }

  /** Throws UserError "disk-full" or "folder-unwritable". */
  static async create(folder: string, size: number, cache: BlockCache): Promise<ExampleFileWriter> {
    const beside = `${folder}.${ownMark}-${++written}${PARTIAL}`;
    try {
      removeAbandoned(path.dirname(folder));
      makeFolders(beside);
      const handle = await open(path.join(beside, EXAMPLES), "w+");
      return new ExampleFileWriter(folder, beside, handle, size, cache);
    } catch (error) {
      throw explainWriteFailure(error, folder);
    }
  }

  /** Throws UserError "disk-full" or "folder-unwritable". */
  async append({ bytes, lengths, facts }: EncodedRows): Promise<void> {
    try {
      await writeFully(this.handle, bytes, this.offsets.end);
    } catch (error) {
      throw explainWriteFailure(error, this.folder);
    }
    this.offsets.append(lengths);
    for (const name of ["tokens", "responseTokens", "truncated", "dropped"] as const)
      this.facts[name] += facts[name];
  }

  read(index: number): Promise<Example | null> {
    return this.#readable.read(index);
  }

  /** All examples are there: they take their place, unless another process was faster. The writer is closed. */
  async finish(): Promise<ExampleFile> {
    const { size, offsets, facts, beside, folder } = this;
    if (offsets.count !== size) throw new RangeError(`Of ${size} examples ${offsets.count} were written.`);
    const lengths = Buffer.from(offsets.lengths.buffer);
    try {
      await writeFile(path.join(beside, LENGTHS), lengths);
      const header = { size, facts, lengths: sha256(lengths) };
      await writeFile(path.join(beside, HEADER), `${JSON.stringify(header)}\n`);
      await this.#readable.close();
      await takePlace(beside, folder, size, this.cache);
    } catch (error) {
      await this.abandon();
      throw explainWriteFailure(error, folder);
    }
    const file = await openExampleFile(folder, size, this.cache);
    if (file === null) throw new Error(`The examples just written to ${folder} cannot be read.`);
    return file;
  }

  async close(): Promise<void> {
    await this.#readable.close();
    await this.abandon();
  }

  private async abandon(): Promise<void> {
    await rm(this.beside, { recursive: true, force: true });
  }
}

async function takePlace(beside: string, folder: string, size: number, cache: BlockCache): Promise<void> {
  const there = await openExampleFile(folder, size, cache);
  await there?.close();
  if (there === null) {
    // What stands there is damaged.
    await rm(folder, { recursive: true, force: true });
    const lost = await rename(beside, folder).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (lost === null) return;
    // Another process had the same idea at the same time: its examples are the same.
    if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(lost.code ?? "")) throw lost;
  }
  await rm(beside, { recursive: true, force: true });
}

function readable(handle: FileHandle, offsets: ExampleOffsets, cache: BlockCache): ReadableExamples {
  const readBytes = cache.reader(handle, () => offsets.end);
  let closed: Promise<void> | null = null;
  return {
    offsets,
    read: async (index) => {
      const length = offsets.lengths[index]!;
      try {
        return readExample(await readBytes(offsets.of(index), exampleSize(length)), length);
      } catch {
        return null;
      }
    },
    close: () => (closed ??= handle.close()),
  };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Whether another process of this machine, which lives, writes the examples of `folder`. */
export function isBeingWritten(folder: string): boolean {
  return unfinished(path.dirname(folder)).some(
    ({ name, pid }) => name.startsWith(path.basename(folder)) && pid !== process.pid && isAlive(pid),
  );
}

/** What processes of this machine that are gone have left. */
function removeAbandoned(parent: string): void {
  for (const { name, pid } of unfinished(parent))
    if (!isAlive(pid)) fs.rmSync(path.join(parent, name), { recursive: true, force: true });
}

/** Folders that processes of this machine have begun. */
function unfinished(parent: string): { name: string; pid: number }[] {
  if (!fs.existsSync(parent)) return [];
  return fs.readdirSync(parent).flatMap((name) => {
    const [, host, pid] = /\.([^.]+)-(\d+)-\d+\.partial$/.exec(name) ?? [];
    return host === ownHost ? [{ name, pid: Number(pid) }] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
