/** Brings one file of a repository into the cache. */
import * as fs from "node:fs";
import * as path from "node:path";
import { HEARTBEAT_SECONDS } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { RunLock } from "../runs/lock";
import { type CachedRepository, linkBlob, sizeOf } from "./cached-repository";
import type { HubAnswer, HubConnection } from "./connection";
import { cancelled, damaged, explainCacheFailure, hostileName, type Subject, wrongContent } from "./failures";
import { PartialFile } from "./partial-file";
import type { DownloadMeter } from "./progress";
import { fileAddress, type HubRepository } from "./repository";
import { hashOfEtag, nameProblem, type RepositoryFile } from "./repository-file";
import { TransientFailure } from "./retries";

/** Where files come from and go to. */
export interface Download {
  readonly connection: HubConnection;
  readonly cached: CachedRepository;
  readonly repository: HubRepository;
  readonly commit: string;
}

/** How often a process looks whether another has finished the same file. */
const LOOK_SECONDS = 0.25;

/** Without a request, when the content is in the cache already. @throws UserError */
export async function downloadFile(
  download: Download,
  file: RepositoryFile,
  meter: DownloadMeter,
): Promise<void> {
  const { cached, commit, repository } = download;
  const problem = nameProblem(file.path);
  if (problem !== null) throw hostileName(repository, file.path, problem);
  const subject = { repository, file: file.path };
  if (cached.sizeOfPointer(commit, file.path) === file.size) return meter.had(file.path, file.size);
  try {
    const { name, identified } = await identify(download, file, subject);
    const blob = cached.blob(name);
    if (sizeOf(blob) !== file.size) await fetchBlob(download, identified, name, subject, meter);
    else meter.had(file.path, file.size);
    linkBlob(blob, cached.pointer(commit, file.path));
  } catch (error) {
    if (download.connection.signal.aborted) throw cancelled(subject);
    throw explainCacheFailure(error, subject, cached.cache);
  }
}

/** The name of a blob is the hash of its content, or what a mirror has in its place. */
async function identify(
  { connection, repository, commit }: Download,
  file: RepositoryFile,
  subject: Subject,
): Promise<{ name: string; identified: RepositoryFile }> {
  if (file.hash !== null) return { name: file.hash.hex, identified: file };
  const { endpoint } = connection.access;
  const headers = await withRetries(connection, subject, async () => {
    const address = fileAddress(repository, commit, file.path, endpoint);
    const answer = await connection.open(address, subject, {}, "HEAD");
    answer.close();
    return answer.headers;
  });
  const etag = headers.get("x-linked-etag") ?? headers.get("etag") ?? "";
  const name = etag.replace(/^W\//, "").replaceAll('"', "");
  if (!/^\w[\w.-]{0,127}$/.test(name))
    throw damaged(subject, "is offered without a name for its content (ETag)");
  return { name, identified: { ...file, hash: hashOfEtag(etag) } };
}

/** One process at a time: the others wait, and find it done or go on from where it was left. */
async function fetchBlob(
  download: Download,
  file: RepositoryFile,
  name: string,
  subject: Subject,
  meter: DownloadMeter,
): Promise<void> {
  const { cached, connection } = download;
  const lock = await acquireLock(download, cached.lockFolder(name));
  const heartbeat = setInterval(() => beat(lock), HEARTBEAT_SECONDS * 1000);
  try {
    if (sizeOf(cached.blob(name)) === file.size) return meter.had(file.path, file.size);
    const partial = await PartialFile.open(cached.partial(name), file, connection.signal);
    try {
      await fill(partial, download, file, subject, meter);
      await partial.moveTo(cached.blob(name));
    } finally {
      await partial.close();
    }
  } finally {
    clearInterval(heartbeat);
    release(lock);
  }
}

async function acquireLock({ connection: { signal, patience } }: Download, folder: string): Promise<RunLock> {
  fs.mkdirSync(folder, { recursive: true });
  for (;;) {
    signal.throwIfAborted();
    try {
      return RunLock.acquire(folder);
    } catch (error) {
      if (!(error instanceof UserError) || error.reason !== "run-held") throw (error as Error).cause ?? error;
    }
    await patience.wait(LOOK_SECONDS, signal);
  }
}

/** A heartbeat that cannot be written (a full disk) does no harm: on this machine the process table tells that we live. */
function beat(lock: RunLock): void {
  try {
    lock.beat();
  } catch {}
}

function release(lock: RunLock): void {
  try {
    lock.release();
  } catch {}
}

/** Until all is there and is what it should be. What an earlier download left is given one chance. */
async function fill(
  partial: PartialFile,
  download: Download,
  file: RepositoryFile,
  subject: Subject,
  meter: DownloadMeter,
): Promise<void> {
  for (let goesOn = partial.size > 0; ; goesOn = false) {
    meter.had(file.path, partial.size);
    await fetchRest(partial, download, file, subject, meter);
    const found = partial.mismatch();
    if (found === null) return;
    if (!goesOn) {
      await partial.remove();
      throw wrongContent(subject, file, found);
    }
    meter.note(
      `${path.basename(file.path)}: what an earlier download had left was damaged; it is fetched again.`,
    );
    meter.had(file.path, -partial.size);
    await partial.clear();
  }
}

async function fetchRest(
  partial: PartialFile,
  { connection, repository, commit }: Download,
  file: RepositoryFile,
  subject: Subject,
  meter: DownloadMeter,
): Promise<void> {
  const address = fileAddress(repository, commit, file.path, connection.access.endpoint);
  const retries = connection.retries(subject);
  let furthest = partial.size;
  while (!partial.isWhole) {
    let answer: HubAnswer | null = null;
    try {
      answer = await connection.open(address, subject, rangeFrom(partial.size));
      await beginAt(answer, partial, file, meter);
      for await (const chunk of answer.chunks) {
        if (partial.size + chunk.length > file.size) {
          await partial.remove();
          throw damaged(subject, `is longer than the ${file.size} bytes that the Hub lists`);
        }
        await partial.append(chunk);
        meter.came(file.path, chunk.length);
        // Not for what comes a second time: a server that cannot go on, and breaks off each time, must come to an end.
        if (partial.size > furthest) retries.succeeded();
        furthest = Math.max(furthest, partial.size);
      }
      if (!partial.isWhole) throw new TransientFailure("the connection was cut");
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      meter.note(`${file.path}: ${error.why} at ${partial.size} of ${file.size} bytes.`);
      await retries.failed(error);
    } finally {
      answer?.close();
    }
  }
}

/** Not compressed: positions are those of the file itself. */
function rangeFrom(position: number): Record<string, string> {
  const identity = { "accept-encoding": "identity" };
  return position === 0 ? identity : { ...identity, range: `bytes=${position}-` };
}

/** A server may not go on where it was asked to: then all of it comes again. */
async function beginAt(
  { status, headers }: HubAnswer,
  partial: PartialFile,
  file: RepositoryFile,
  meter: DownloadMeter,
): Promise<void> {
  const from = status === 206 ? /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1] : "0";
  if (status !== 416 && Number(from ?? Number.NaN) === partial.size) return;
  meter.had(file.path, -partial.size);
  await partial.clear();
  if (status !== 200) throw new TransientFailure("it does not go on where it was asked to");
}

async function withRetries<T>(
  connection: HubConnection,
  subject: Subject,
  once: () => Promise<T>,
): Promise<T> {
  const retries = connection.retries(subject);
  for (;;) {
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      await retries.failed(error);
    }
  }
}
