/**
 * One host per run. The lock is a folder of numbered marks; the owner is the one with the highest number, and taking the lock is
 * making the next number, which only one process can do. So a dead owner's lock is taken over without a moment in which two
 * processes both believe they removed it. A mark's time of change is its owner's heartbeat, and the epoch means released:
 * setting it needs no space, and no name comes or goes while others read the folder.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { UserError } from "../../contracts/user-error";
import { isAlive, ownIdentity, type ProcessIdentity } from "../../run-folder/process-identity";
import { explainWriteFailure } from "./write-failure";

const LOCK_FOLDER = "lock";

/** Older marks stay a while: a reader of the folder can miss names that come and go meanwhile, but never this many. */
const MARKS_KEPT = 8;

/** An owner file that is empty for longer than this was left by a process that died while making it. */
const WRITING_SECONDS = 10;

const ownerSchema = v.strictObject({
  pid: v.number(),
  processStart: v.string(),
  host: v.string(),
});

export class RunLock {
  private constructor(private readonly file: string) {}

  /** @throws UserError "run-held" when a live process holds the run; "folder-unwritable"; "disk-full". */
  static acquire(runFolder: string): RunLock {
    const folder = path.join(runFolder, LOCK_FOLDER);
    try {
      fs.mkdirSync(folder, { recursive: true });
      for (;;) {
        const lock = RunLock.tryAcquire(runFolder, folder);
        if (lock !== null) return lock;
      }
    } catch (error) {
      throw explainWriteFailure(error, folder);
    }
  }

  private static tryAcquire(runFolder: string, folder: string): RunLock | null {
    const newest = readNumbers(folder).at(-1) ?? 0;
    const holder = newest === 0 ? null : readHolder(markFile(folder, newest));
    if (holder !== null) throw heldBy(runFolder, holder);
    const file = markFile(folder, newest + 1);
    if (!makeMark(file)) return null;
    // Between our look and our making, others may have taken, released and cleaned away the same number.
    if (readNumbers(folder).at(-1) !== newest + 1) {
      fs.rmSync(file, { force: true });
      return null;
    }
    for (const number of readNumbers(folder)) {
      if (number <= newest + 1 - MARKS_KEPT) fs.rmSync(markFile(folder, number), { force: true });
    }
    return new RunLock(file);
  }

  /** Renews the heartbeat: the file's time of change. */
  beat(): void {
    const now = new Date();
    fs.utimesSync(this.file, now, now);
  }

  release(): void {
    fs.utimesSync(this.file, 0, 0);
  }
}

function markFile(folder: string, number: number): string {
  return path.join(folder, `${number}.json`);
}

/** Ascending. */
function readNumbers(folder: string): number[] {
  return fs
    .readdirSync(folder)
    .map((name) => Number.parseInt(name, 10))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** False when another process made it first. */
function makeMark(file: string): boolean {
  try {
    fs.writeFileSync(file, JSON.stringify(ownIdentity()), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    fs.rmSync(file, { force: true });
    throw error;
  }
}

/** The live owner of a mark, or null when it was released or its process is gone. */
function readHolder(file: string): ProcessIdentity | null {
  let text: string;
  let modified: Date;
  try {
    text = fs.readFileSync(file, "utf8");
    modified = fs.statSync(file).mtime;
  } catch {
    return null;
  }
  if (modified.getTime() === 0) return null;
  const heartbeat = modified.toISOString();
  const parsed = parseOwner(text);
  if (parsed === null) {
    const isBeingWritten = Date.now() - modified.getTime() < WRITING_SECONDS * 1000;
    return isBeingWritten ? { pid: 0, processStart: "", host: "", heartbeat } : null;
  }
  const identity = { ...parsed, heartbeat };
  return isAlive(identity) ? identity : null;
}

function parseOwner(text: string): v.InferOutput<typeof ownerSchema> | null {
  try {
    const result = v.safeParse(ownerSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

function heldBy(runFolder: string, holder: ProcessIdentity): UserError {
  const who = holder.pid === 0 ? "another process" : `process ${holder.pid} on ${holder.host}`;
  return new UserError(
    "run-held",
    `The run in ${runFolder} is held by ${who}.`,
    "Wait for it to end, or stop it, before resuming the run.",
  );
}
