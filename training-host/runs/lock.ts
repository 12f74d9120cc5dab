/**
 * One host per run. The lock is a folder of numbered files; the owner is the file with the highest number, and taking the lock
 * is making the next number, which only one process can do. So a dead owner's lock is taken over without a moment in which two
 * processes both believe they removed it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { UserError } from "../../contracts/user-error";
import { isAlive, ownIdentity, type ProcessIdentity } from "../../run-folder/process-identity";
import { explainWriteFailure } from "./write-failure";

const LOCK_FOLDER = "lock";

/** An owner file that is empty for longer than this was left by a process that died while making it. */
const WRITING_SECONDS = 10;

const ownerSchema = v.strictObject({
  pid: v.number(),
  processStart: v.string(),
  host: v.string(),
  released: v.boolean(),
});

type Owner = v.InferOutput<typeof ownerSchema>;

export class RunLock {
  private constructor(
    private readonly file: string,
    private readonly owner: Owner,
  ) {}

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
    const numbers = readNumbers(folder);
    const highest = numbers.at(-1) ?? 0;
    const holder = highest === 0 ? null : readHolder(path.join(folder, `${highest}.json`));
    if (holder !== null) throw heldBy(runFolder, holder);
    const owner: Owner = { ...ownIdentity(), released: false };
    const file = path.join(folder, `${highest + 1}.json`);
    try {
      fs.writeFileSync(file, JSON.stringify(owner), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
      fs.rmSync(file, { force: true });
      throw error;
    }
    // Between our look and our making, another process may have taken the same number, let go, and cleaned it away.
    if (readNumbers(folder).at(-1) !== highest + 1) {
      fs.rmSync(file, { force: true });
      return null;
    }
    for (const number of numbers) fs.rmSync(path.join(folder, `${number}.json`), { force: true });
    return new RunLock(file, owner);
  }

  /** Renews the heartbeat: the file's time of change. */
  beat(): void {
    const now = new Date();
    fs.utimesSync(this.file, now, now);
  }

  /** The file stays, marked: were it removed, its number could be made twice. */
  release(): void {
    fs.writeFileSync(this.file, JSON.stringify({ ...this.owner, released: true }));
  }
}

function readNumbers(folder: string): number[] {
  return fs
    .readdirSync(folder)
    .map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** The live owner in `file`, or null when it was released or its process is gone. */
function readHolder(file: string): ProcessIdentity | null {
  let text: string;
  let modified: Date;
  try {
    text = fs.readFileSync(file, "utf8");
    modified = fs.statSync(file).mtime;
  } catch {
    return null;
  }
  const heartbeat = modified.toISOString();
  const parsed = parseOwner(text);
  if (parsed === null) {
    const isBeingWritten = Date.now() - modified.getTime() < WRITING_SECONDS * 1000;
    return isBeingWritten ? { pid: 0, processStart: "", host: "", heartbeat } : null;
  }
  if (parsed.released) return null;
  const identity = { pid: parsed.pid, processStart: parsed.processStart, host: parsed.host, heartbeat };
  return isAlive(identity) ? identity : null;
}

function parseOwner(text: string): Owner | null {
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
