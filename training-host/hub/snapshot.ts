/** The files of a repository at one commit: as the Hub lists them, or as the cache has them. */

import { isCommit } from "../../contracts/hub-name";
import { UserError } from "../../contracts/user-error";
import { askCommit, askFiles } from "./api";
import { CachedRepository } from "./cached-repository";
import type { HubConnection } from "./connection";
import type { Download } from "./download-file";
import { downloadFiles } from "./download-files";
import { hostileName, missingOffline } from "./failures";
import type { DownloadProgress } from "./progress";
import { describeRepository, type HubRepository } from "./repository";
import { nameProblem, type RepositoryFile } from "./repository-file";

export class Snapshot {
  private constructor(
    private readonly download: Download,
    private readonly progress: DownloadProgress,
    /** By path. */
    readonly files: ReadonlyMap<string, RepositoryFile>,
    /** False: only what the cache holds is known, and the repository may have more. */
    readonly isComplete: boolean,
    /** Why the Hub is not asked for files that are missing; null: it is. */
    private readonly unavailable: UserError | null,
  ) {}

  /**
   * Finds out the commit and its files. What the cache knows of a commit is for ever; a branch is asked for, and taken from the
   * cache only when the Hub cannot be had.
   * @throws UserError
   */
  static async open(
    connection: HubConnection,
    repository: HubRepository,
    progress: DownloadProgress,
  ): Promise<Snapshot> {
    const cached = new CachedRepository(connection.access.cache, repository);
    const known = isCommit(repository.revision) ? repository.revision : null;
    const { commit, failure } = known
      ? { commit: known, failure: null }
      : await commitNow(connection, repository, cached, progress);
    const download = { connection, cached, repository, commit };
    const kept = cached.readTree(commit);
    if (kept !== null) return new Snapshot(download, progress, byPath(kept), true, failure);
    if (failure === null && !connection.access.offline) {
      try {
        const files = await askFiles(connection, repository, commit);
        cached.writeTree(commit, files);
        return new Snapshot(download, progress, byPath(files), true, null);
      } catch (error) {
        return Snapshot.fromCache(download, progress, mayUseCache(error));
      }
    }
    return Snapshot.fromCache(download, progress, failure);
  }

  private static fromCache(
    download: Download,
    progress: DownloadProgress,
    failure: UserError | null,
  ): Snapshot {
    const { cached, commit, repository, connection } = download;
    const files = cached.listSnapshot(commit);
    if (files === null) throw failure ?? missingOffline(repository, [], connection.access.cache);
    progress.note(`Of ${describeRepository(repository)} only what the cache holds is known.`);
    return new Snapshot(download, progress, byPath(files), false, failure);
  }

  get repository(): HubRepository {
    return this.download.repository;
  }

  get commit(): string {
    return this.download.commit;
  }

  get folder(): string {
    return this.download.cached.snapshot(this.commit);
  }

  /** Absolute path of a file that was fetched. */
  location(file: string): string {
    return this.download.cached.pointer(this.commit, file);
  }

  /**
   * Makes sure that the files of these paths, which must be of `files`, are in the cache.
   * @throws UserError
   */
  async fetch(paths: readonly string[]): Promise<void> {
    const { cached, connection, repository } = this.download;
    const files = paths.map((path) => this.files.get(path)!);
    for (const { path } of files) refuseHostile(repository, path);
    const missing = files.filter(({ path, size }) => cached.sizeOfPointer(this.commit, path) !== size);
    if (missing.length > 0 && this.unavailable !== null) throw this.unavailable;
    if (missing.length > 0 && connection.access.offline) {
      const names = missing.map(({ path }) => path);
      throw missingOffline(repository, names, connection.access.cache);
    }
    await downloadFiles(this.download, files, this.progress);
  }

  /** Lets the revision be found without the Hub, once everything wanted is here: not before, or an older whole one is lost. */
  remember(): void {
    this.download.cached.writeRef(this.repository.revision, this.commit);
  }
}

async function commitNow(
  connection: HubConnection,
  repository: HubRepository,
  cached: CachedRepository,
  progress: DownloadProgress,
): Promise<{ commit: string; failure: UserError | null }> {
  const kept = cached.readRef(repository.revision);
  if (connection.access.offline) {
    if (kept === null) throw missingOffline(repository, [], connection.access.cache);
    return { commit: kept, failure: null };
  }
  try {
    return { commit: await askCommit(connection, repository), failure: null };
  } catch (error) {
    const failure = mayUseCache(error);
    if (kept === null) throw failure;
    progress.note(`${failure.message} The cache has commit ${kept.slice(0, 8)} of it, which is used.`);
    return { commit: kept, failure };
  }
}

/** A repository that is not there (any more), or a list that is damaged, is no case for the cache. @throws other errors */
function mayUseCache(error: unknown): UserError {
  if (error instanceof UserError && ["hub-unreachable", "hub-refused"].includes(error.reason)) return error;
  throw error;
}

function refuseHostile(repository: HubRepository, path: string): void {
  const problem = nameProblem(path);
  if (problem !== null) throw hostileName(repository, path, problem);
}

function byPath(files: readonly RepositoryFile[]): Map<string, RepositoryFile> {
  return new Map(files.map((file) => [file.path, file]));
}
