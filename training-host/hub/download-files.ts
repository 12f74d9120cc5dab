/** Brings several files of a repository into the cache, a few at the same time. */
import * as fs from "node:fs";
import { type CachedRepository, sizeOf } from "./cached-repository";
import { HubConnection } from "./connection";
import { type Download, downloadFile } from "./download-file";
import { noSpace } from "./failures";
import { DownloadMeter, type DownloadProgress } from "./progress";
import { describeRepository } from "./repository";
import type { RepositoryFile } from "./repository-file";

/** The Hub serves one connection slower than most networks are, and forbids many. */
const AT_ONCE = 4;

/**
 * The first failure ends the others, whose parts stay for the next time.
 * @throws UserError
 */
export async function downloadFiles(
  download: Download,
  files: readonly RepositoryFile[],
  progress: DownloadProgress,
): Promise<void> {
  checkSpace(download, files);
  const { kind, name } = download.repository;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const meter = new DownloadMeter({ kind, repository: name }, total, progress);
  const { access, signal, patience } = download.connection;
  const giveUp = new AbortController();
  const stop = () => giveUp.abort();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const connection = new HubConnection(access, giveUp.signal, patience);
  const waiting = [...files];
  let failure: unknown = null;
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined && !giveUp.signal.aborted; file = waiting.shift()) {
      try {
        await downloadFile({ ...download, connection }, file, meter);
      } catch (error) {
        failure ??= error;
        stop();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  signal.removeEventListener("abort", stop);
  if (failure !== null) throw failure;
}

/** Before the first byte: a full disk at the end of a long download helps nobody. */
function checkSpace({ cached, commit, repository }: Download, files: readonly RepositoryFile[]): void {
  const missing = files.filter(({ path, size }) => cached.sizeOfPointer(commit, path) !== size);
  const bytes = missing.reduce((sum, file) => sum + missingBytes(cached, file), 0);
  if (bytes === 0) return;
  const free = freeBytes(cached.cache);
  if (free === null || bytes <= free) return;
  throw noSpace(describeRepository(repository), bytes, free, cached.cache);
}

function missingBytes(cached: CachedRepository, { hash, size }: RepositoryFile): number {
  if (hash === null) return size;
  if (sizeOf(cached.blob(hash.hex)) === size) return 0;
  return size - Math.min(size, sizeOf(cached.partial(hash.hex)) ?? 0);
}

/** Of the disk that holds, or will hold, `folder`; null where the system does not tell. */
function freeBytes(folder: string): number | null {
  try {
    fs.mkdirSync(folder, { recursive: true });
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
