/** What the cache holds of the Hub's repositories; the network is never asked. */
import type { DatasetQuestion, ModelQuestion } from "../../../contracts/data-inspection";
import { hubAccess } from "../../hub/access";
import type { DownloadProgress } from "../../hub/progress";
import { resolveHubDataset, resolveHubModel } from "../../hub/resolve";

type HubSource<Question extends { source: { kind: string } }> = Extract<Question["source"], { kind: "hub" }>;

const silent: DownloadProgress = { show() {}, note() {} };

/** @throws UserError "hub-unreachable" where something is not in the cache. */
export function cachedDataset(
  { repository, revision, files }: HubSource<DatasetQuestion>,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ files: string[]; commit: string }> {
  return resolveHubDataset(repository, revision, files, offline(environment), silent, signal);
}

/** @throws UserError "hub-unreachable" where something is not in the cache. */
export function cachedModel(
  { repository, revision }: HubSource<ModelQuestion>,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ folder: string; commit: string }> {
  return resolveHubModel(repository, revision, offline(environment), silent, signal);
}

function offline(environment: NodeJS.ProcessEnv) {
  return hubAccess({ ...environment, HF_HUB_OFFLINE: "1" });
}
