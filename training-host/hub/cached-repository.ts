/**
 * A repository in the cache that is shared with Python's huggingface_hub. Its layout is theirs
 * (https://huggingface.co/docs/huggingface_hub/guides/manage-cache):
 * `models--org--name/{refs/<revision>, blobs/<hash>, snapshots/<commit>/<path>, trees/<commit>.json}`, where a file of a snapshot
 * is a link to a blob, and a tree is the list of all files of a commit.
 */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { isCommit } from "../../contracts/hub-name";
import type { HubRepository } from "./repository";
import { fileOfEntry, nameProblem, type RepositoryFile } from "./repository-file";

const TREE_VERSION = 1;

const treeSchema = v.object({
  format_version: v.literal(TREE_VERSION),
  files: v.record(
    v.string(),
    v.object({
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      blob_id: v.string(),
      lfs_sha256: v.nullish(v.string()),
      lfs_size: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
      xet_hash: v.nullish(v.string()),
    }),
  ),
});

export class CachedRepository {
  readonly folder: string;

  constructor(
    readonly cache: string,
    { kind, name }: HubRepository,
  ) {
    this.folder = path.join(cache, [`${kind}s`, ...name.split("/")].join("--"));
  }

  snapshot(commit: string): string {
    return path.join(this.folder, "snapshots", commit);
  }

  /** Where the file of that path is found by whoever uses the repository. */
  pointer(commit: string, file: string): string {
    return path.join(this.snapshot(commit), ...file.split("/"));
  }

  blob(name: string): string {
    return path.join(this.folder, "blobs", name);
  }

  /** What has arrived of a blob. The name is ours: Python removes what it leaves half done, and never looks for ours. */
  partial(name: string): string {
    return path.join(this.folder, "blobs", `${name}.mos.incomplete`);
  }

  /** Folder of the lock that lets one process at a time fetch a blob. */
  lockFolder(name: string): string {
    return path.join(this.cache, ".locks", path.basename(this.folder), `${name}.mos`);
  }

  readRef(revision: string): string | null {
    const commit = readText(path.join(this.folder, "refs", ...revision.split("/")))?.trim() ?? "";
    return isCommit(commit) ? commit : null;
  }

  /** A cache that cannot be written is still one that can be read. */
  writeRef(revision: string, commit: string): void {
    if (isCommit(revision) || this.readRef(revision) === commit) return;
    tryToReplace(path.join(this.folder, "refs", ...revision.split("/")), commit);
  }

  /** All files of a commit; null: the list is not there, or nobody can read it. */
  readTree(commit: string): RepositoryFile[] | null {
    const text = readText(this.treeFile(commit));
    if (text === null) return null;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), treeSchema), text);
    if (!parsed.success) return null;
    return Object.entries(parsed.output.files).map(
      ([name, { size, blob_id, lfs_sha256, lfs_size, xet_hash }]) =>
        fileOfEntry({
          type: "file",
          path: name,
          size,
          oid: blob_id,
          ...(lfs_sha256 ? { lfs: { oid: lfs_sha256, size: lfs_size ?? size } } : {}),
          ...(xet_hash ? { xetHash: xet_hash } : {}),
        }),
    );
  }

  /** As Python keeps it. A list without hashes (of a mirror) is not kept: it would say less than the Hub's. */
  writeTree(commit: string, files: readonly RepositoryFile[]): void {
    if (files.some(({ hash }) => hash === null)) return;
    const entries = files.map(({ path: name, size, hash, blobId, xetHash }) => [
      name,
      {
        size,
        blob_id: blobId ?? hash!.hex,
        ...(hash!.kind === "sha256" ? { lfs_sha256: hash!.hex, lfs_size: size } : {}),
        ...(xetHash ? { xet_hash: xetHash } : {}),
      },
    ]);
    const tree = { format_version: TREE_VERSION, files: Object.fromEntries(entries) };
    tryToReplace(this.treeFile(commit), JSON.stringify(tree, null, 1));
  }

  /** The files of a commit that are there; null: none. */
  listSnapshot(commit: string): RepositoryFile[] | null {
    const folder = this.snapshot(commit);
    if (!fs.existsSync(folder)) return null;
    return filesBelow(folder, "").map((name) => ({
      path: name,
      size: sizeOf(path.join(folder, name))!,
      hash: null,
    }));
  }

  /** Bytes of the file; null: it is not there (or its link leads nowhere). */
  sizeOfPointer(commit: string, file: string): number | null {
    return sizeOf(this.pointer(commit, file));
  }

  private treeFile(commit: string): string {
    return path.join(this.folder, "trees", `${commit}.json`);
  }
}

/** Of a file, also through links; null: there is none that could be read. */
export function sizeOf(file: string): number | null {
  try {
    const stat = fs.statSync(file);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null;
  }
}

/**
 * Makes `pointer` a link to `blob`, relative so that the cache can be moved. Where links are not allowed (Windows without
 * developer mode), the file itself goes there, as with Python.
 */
export function linkBlob(blob: string, pointer: string): void {
  fs.mkdirSync(path.dirname(pointer), { recursive: true });
  const beside = `${pointer}.${randomBytes(4).toString("hex")}.link`;
  try {
    fs.symlinkSync(path.relative(path.dirname(pointer), blob), beside);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    fs.copyFileSync(blob, beside);
  }
  fs.renameSync(beside, pointer);
}

function filesBelow(folder: string, prefix: string): string[] {
  return fs.readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, `${name}/`);
    return nameProblem(name) === null && sizeOf(path.join(folder, name)) !== null ? [name] : [];
  });
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Whole or not at all. What is written so can be asked for again. */
function tryToReplace(file: string, text: string): void {
  const beside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(beside, text);
    fs.renameSync(beside, file);
  } catch {
    removeIfThere(beside);
  }
}

function removeIfThere(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {}
}
