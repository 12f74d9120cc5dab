/** From a repository of the Hub to files on this machine, and the commit they are of. */
import * as fs from "node:fs";
import type { UserError } from "../../contracts/user-error";
import type { HubAccess } from "./access";
import { HubConnection } from "./connection";
import { CARD, missingShards, trainingFiles } from "./dataset-files";
import { damaged, missingOffline } from "./failures";
import { modelFiles, shardsOf, WEIGHTS_INDEX } from "./model-files";
import type { DownloadProgress } from "./progress";
import { hubRepository } from "./repository";
import { type Patience, usualPatience } from "./retries";
import { Snapshot } from "./snapshot";

/** A README or an index that is larger is none. */
const MOST_TEXT_BYTES = 64 * 2 ** 20;

/**
 * Downloads what is missing of a model's repository: its config, its weights as safetensors, and what belongs to its tokenizer.
 * @returns the snapshot's folder, and its commit.
 * @throws UserError "hub-unreachable", "hub-refused", "hub-not-found", "hub-damaged", "disk-full", "folder-unwritable",
 * "cancelled", "bad-plan" for a name that is none.
 */
export async function resolveHubModel(
  repository: string,
  revision: string,
  access: HubAccess,
  progress: DownloadProgress,
  signal?: AbortSignal,
  patience: Patience = usualPatience,
): Promise<{ folder: string; commit: string }> {
  const connection = new HubConnection(access, signal, patience);
  const snapshot = await Snapshot.open(connection, hubRepository("model", repository, revision), progress);
  const paths = new Set(snapshot.files.keys());
  const files = completely(snapshot, access, () => modelFiles(snapshot.repository, paths));
  const shards = files.includes(WEIGHTS_INDEX) ? await fetchIndex(snapshot, access, paths) : [];
  await snapshot.fetch([...files, ...shards]);
  snapshot.remember();
  return { folder: snapshot.folder, commit: snapshot.commit };
}

async function fetchIndex(
  snapshot: Snapshot,
  access: HubAccess,
  paths: ReadonlySet<string>,
): Promise<string[]> {
  const text = await fetchText(snapshot, WEIGHTS_INDEX);
  return completely(snapshot, access, () => shardsOf(snapshot.repository, text, paths));
}

/**
 * Downloads what is missing of a data set's training files.
 * @param files Pattern of the files to use; null: those of the training split (see dataset-files.ts).
 * @returns absolute paths, sorted by their names in the repository, and the commit.
 * @throws UserError as resolveHubModel.
 */
export async function resolveHubDataset(
  repository: string,
  revision: string,
  files: string | null,
  access: HubAccess,
  progress: DownloadProgress,
  signal?: AbortSignal,
  patience: Patience = usualPatience,
): Promise<{ files: string[]; commit: string }> {
  const connection = new HubConnection(access, signal, patience);
  const snapshot = await Snapshot.open(connection, hubRepository("dataset", repository, revision), progress);
  const card = files === null && snapshot.files.has(CARD) ? await fetchText(snapshot, CARD) : null;
  const chosen = completely(snapshot, access, () =>
    trainingFiles(snapshot.repository, snapshot.files.keys(), files, card),
  );
  if (!snapshot.isComplete) {
    const missing = missingShards(chosen);
    if (missing.length > 0) throw missingOffline(snapshot.repository, missing, access.cache);
  }
  await snapshot.fetch(chosen);
  snapshot.remember();
  return { files: chosen.map((file) => snapshot.location(file)), commit: snapshot.commit };
}

/** What only the cache tells of a repository may lack what the repository has: then that is what is wrong. */
function completely<T>(snapshot: Snapshot, access: HubAccess, choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    if (snapshot.isComplete || !isMissing(error as UserError)) throw error;
    throw missingOffline(snapshot.repository, [], access.cache);
  }
}

function isMissing({ reason }: UserError): boolean {
  return reason === "hub-not-found" || reason === "hub-damaged";
}

async function fetchText(snapshot: Snapshot, file: string): Promise<string> {
  const { repository, files } = snapshot;
  if (files.get(file)!.size > MOST_TEXT_BYTES) throw damaged({ repository, file }, "is too large to be one");
  await snapshot.fetch([file]);
  return fs.readFileSync(snapshot.location(file), "utf8");
}
