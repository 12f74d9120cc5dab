/**
 * Checkpoints: `checkpoints/step-N/`, each whole or absent. A checkpoint is written beside, synced and renamed; its manifest
 * holds the length and SHA-256 of every file; older ones go only after the new one was read back and found good.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { syncFolder, syncPath } from "../runs/durable-file";
import { explainWriteFailure } from "../runs/write-failure";

const MANIFEST = "manifest.json";
const PARTIAL_SUFFIX = ".partial";
const CHUNK_BYTES = 1 << 20;

const manifestSchema = v.strictObject({
  files: v.record(v.string(), v.strictObject({ bytes: v.number(), sha256: v.string() })),
});

type Manifest = v.InferOutput<typeof manifestSchema>;

export interface Checkpoint {
  /** Optimizer steps that are done in it. */
  step: number;
  /** Absolute. */
  folder: string;
}

/**
 * Writes the checkpoint of `step` with the files that `fill` puts into the folder it is given, then removes all but the
 * newest `keep`.
 * @throws UserError "disk-full" or "folder-unwritable"; then the checkpoints are as they were before.
 */
export async function writeCheckpoint(
  runFolder: string,
  step: number,
  keep: number,
  fill: (folder: string) => Promise<void>,
): Promise<Checkpoint> {
  const parent = path.join(runFolder, runFolderLayout.checkpoints);
  const folder = path.join(parent, `step-${step}`);
  const beside = folder + PARTIAL_SUFFIX;
  try {
    removePartial(parent);
    fs.mkdirSync(beside, { recursive: true });
    await fill(beside);
    writeManifest(beside);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(beside, folder);
    syncFolder(parent);
  } catch (error) {
    fs.rmSync(beside, { recursive: true, force: true });
    throw explainWriteFailure(error, folder);
  }
  const damage = findDamage(folder);
  if (damage !== null)
    throw new UserError("folder-unwritable", `The checkpoint just written is damaged: ${damage}`);
  for (const old of listCheckpoints(runFolder).slice(keep)) removeCheckpoint(old);
  return { step, folder };
}

/** Newest first; whole or damaged. */
export function listCheckpoints(runFolder: string): Checkpoint[] {
  const parent = path.join(runFolder, runFolderLayout.checkpoints);
  if (!fs.existsSync(parent)) return [];
  return fs
    .readdirSync(parent)
    .flatMap((name) => {
      const step = /^step-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [{ step: Number(step), folder: path.join(parent, name) }];
    })
    .sort((a, b) => b.step - a.step);
}

/** What is wrong with a checkpoint, in a sentence; null when every file is as its manifest says. */
export function findDamage(folder: string): string | null {
  const file = path.join(folder, MANIFEST);
  const manifest = readManifest(file);
  if (manifest === null) return `${file} is missing or not a manifest.`;
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const member = path.join(folder, name);
    if (!fs.existsSync(member)) return `${member} is missing.`;
    const size = fs.statSync(member).size;
    if (size !== bytes) return `${member} has ${size} bytes instead of ${bytes}.`;
    if (hashFile(member) !== sha256) return `${member} does not match its hash.`;
  }
  return null;
}

/** The manifest goes first: whatever interrupts this, the rest is no checkpoint any more. */
export function removeCheckpoint({ folder }: Checkpoint): void {
  fs.rmSync(path.join(folder, MANIFEST), { force: true });
  fs.rmSync(folder, { recursive: true, force: true });
}

function removePartial(parent: string): void {
  if (!fs.existsSync(parent)) return;
  for (const name of fs.readdirSync(parent)) {
    if (name.endsWith(PARTIAL_SUFFIX)) fs.rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

function writeManifest(folder: string): void {
  const names = fs.readdirSync(folder).sort();
  const manifest: Manifest = {
    files: Object.fromEntries(
      names.map((name) => {
        const member = path.join(folder, name);
        syncPath(member);
        return [name, { bytes: fs.statSync(member).size, sha256: hashFile(member) }];
      }),
    ),
  };
  const file = path.join(folder, MANIFEST);
  fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  syncPath(file);
  syncFolder(folder);
}

function readManifest(file: string): Manifest | null {
  try {
    const result = v.safeParse(manifestSchema, JSON.parse(fs.readFileSync(file, "utf8")));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** In pieces: a checkpoint can be larger than what one buffer may hold. */
function hashFile(file: string): string {
  const hash = createHash("sha256");
  const handle = fs.openSync(file, "r");
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let read = -1; read !== 0; ) {
      read = fs.readSync(handle, chunk, 0, chunk.length, null);
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    fs.closeSync(handle);
  }
  return hash.digest("hex");
}
