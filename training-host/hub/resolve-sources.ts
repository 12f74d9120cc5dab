/** What a run's config names on the Hub, brought to this machine before anything is loaded. */
import type { Config } from "../../contracts/plan";
import type { RunEventOf } from "../../contracts/run-event";
import type { HubAccess } from "./access";
import type { DownloadProgress } from "./progress";
import { resolveHubDataset, resolveHubModel } from "./resolve";

/** A repository with the commit that was used: what the run's start records. */
export type HubSource = RunEventOf<"start">["sources"][number];

export interface ResolvedSources {
  /** The model's folder; null: it is not from the Hub. */
  readonly modelFolder: string | null;
  /** Absolute files by name of the dataset; only of those that are from the Hub. */
  readonly datasetFiles: ReadonlyMap<string, readonly string[]>;
  readonly used: readonly HubSource[];
}

/**
 * One repository after the other: the network is one. Without any nothing is asked and nothing shown.
 * @param recorded Commits that an earlier session of the run used: they are used again, wherever the branches are by now.
 * @throws UserError as resolveHubModel.
 */
export async function resolveSources(
  config: Pick<Config, "model" | "data">,
  access: HubAccess,
  progress: DownloadProgress,
  signal?: AbortSignal,
  recorded: readonly HubSource[] = [],
): Promise<ResolvedSources> {
  const used: HubSource[] = [];
  const revisionOf = (kind: HubSource["kind"], repository: string, revision: string) =>
    recorded.find(
      (source) => source.kind === kind && source.repository === repository && source.revision === revision,
    )?.commit ?? revision;
  const use = (kind: HubSource["kind"], repository: string, revision: string, commit: string) => {
    const source = { kind, repository, revision, commit };
    if (!used.some((other) => JSON.stringify(other) === JSON.stringify(source))) used.push(source);
  };
  let modelFolder: string | null = null;
  if (config.model.hub !== null) {
    const { repository, revision } = config.model.hub;
    const pinned = revisionOf("model", repository, revision);
    const { folder, commit } = await resolveHubModel(repository, pinned, access, progress, signal);
    modelFolder = folder;
    use("model", repository, revision, commit);
  }
  const datasetFiles = new Map<string, readonly string[]>();
  for (const { name, hub } of config.data) {
    if (hub === null) continue;
    const { repository, revision, files: pattern } = hub;
    const pinned =
      used.find(
        (source) =>
          source.kind === "dataset" && source.repository === repository && source.revision === revision,
      )?.commit ?? revisionOf("dataset", repository, revision);
    const { files, commit } = await resolveHubDataset(repository, pinned, pattern, access, progress, signal);
    datasetFiles.set(name, files);
    use("dataset", repository, revision, commit);
  }
  return { modelFolder, datasetFiles, used };
}
