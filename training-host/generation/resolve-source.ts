/** From what the user named (a folder, a run, a repository of the Hub) to the files that a model is made of. */
import * as path from "node:path";
import type { ModelSource } from "../../contracts/model-protocol";
import type { Plan, ScratchModel, TemplateConfig } from "../../contracts/plan";
import { runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { readEvents, readRunRecord } from "../../run-folder/run-files";
import { hubAccess } from "../hub/access";
import type { DownloadState } from "../hub/progress";
import { resolveHubModel } from "../hub/resolve";
import { type Checkpoint, findDamage, listCheckpoints } from "../training/checkpoint";

export interface ModelFiles {
  /** A folder in the Hugging Face format, or a model from scratch as it was before its first step. */
  base: { folder: string } | { scratch: ScratchModel; seed: number };
  /** A folder in PEFT's format; null: none. */
  adapter: string | null;
  /** A model folder or a tokenizer.json. */
  tokenizer: string;
  /** What the plan of a run says; a relative path in it starts at the folder. */
  template: { config: TemplateConfig; baseDirectory: string };
  /** Folders that may say which tokens end an answer. */
  configFolders: readonly string[];
  /** Of the run's checkpoint; null for other models. */
  step: number | null;
}

export interface SourceHooks {
  onDownload(state: DownloadState): void;
  signal?: AbortSignal | undefined;
}

/** @throws UserError for a run without a checkpoint, and for what cannot be had from the Hub. */
export async function resolveSource(source: ModelSource, hooks: SourceHooks): Promise<ModelFiles> {
  switch (source.kind) {
    case "folder":
      return filesOfFolder(source.folder, source.adapter);
    case "hub": {
      const folder = await download(source.repository, source.revision, hooks);
      return filesOfFolder(folder, source.adapter);
    }
    case "run":
    case "run-base":
      return filesOfRun(source.folder, source.kind === "run", hooks);
  }
}

function filesOfFolder(folder: string, adapter: string | null): ModelFiles {
  return {
    base: { folder },
    adapter,
    tokenizer: folder,
    template: { config: { kind: "own" }, baseDirectory: folder },
    configFolders: [folder],
    step: null,
  };
}

async function filesOfRun(runFolder: string, trained: boolean, hooks: SourceHooks): Promise<ModelFiles> {
  const { plan } = readRunRecord(runFolder);
  const { model } = plan.config;
  // Before the download: without a checkpoint there is nothing to load.
  const checkpoint = trained ? lastCheckpoint(runFolder) : null;
  const start = await baseOfRun(runFolder, plan, hooks);
  const startFolder = "folder" in start ? start.folder : null;
  const isAdapted = model.lora !== null;
  const from = model.lora?.from == null ? null : path.resolve(plan.baseDirectory, model.lora.from);
  return {
    base: checkpoint && !isAdapted ? { folder: checkpoint.folder } : start,
    adapter: isAdapted ? (checkpoint?.folder ?? from) : null,
    tokenizer:
      model.tokenizer === null
        ? (startFolder ?? path.join(runFolder, runFolderLayout.tokenizer))
        : path.resolve(plan.baseDirectory, model.tokenizer),
    template: { config: model.template, baseDirectory: plan.baseDirectory },
    configFolders: [startFolder, checkpoint?.folder ?? null].filter((folder) => folder !== null),
    step: checkpoint?.step ?? null,
  };
}

async function baseOfRun(runFolder: string, plan: Plan, hooks: SourceHooks): Promise<ModelFiles["base"]> {
  const { model, seed } = plan.config;
  if (model.scratch !== null) return { scratch: model.scratch, seed };
  if (model.hub === null) return { folder: path.resolve(plan.baseDirectory, model.path!) };
  const { repository, revision } = model.hub;
  const folder = await download(repository, commitOfRun(runFolder, repository) ?? revision, hooks);
  return { folder };
}

/** The commit that the run was made with, wherever the branch is by now. */
function commitOfRun(runFolder: string, repository: string): string | null {
  const start = readEvents(runFolder).events.find((event) => event.type === "start");
  const used = start?.sources.find((source) => source.kind === "model" && source.repository === repository);
  return used?.commit ?? null;
}

/** Newest first; a damaged one is passed over. */
function lastCheckpoint(runFolder: string): Checkpoint {
  const checkpoint = listCheckpoints(runFolder).find(({ folder }) => findDamage(folder) === null);
  if (checkpoint) return checkpoint;
  throw new UserError(
    "file-missing",
    `The run ${runFolder} has no checkpoint: there is no trained model to load.`,
    "Wait for its first checkpoint, or name the folder that it exported.",
  );
}

async function download(
  repository: string,
  revision: string,
  { onDownload, signal }: SourceHooks,
): Promise<string> {
  const progress = { show: onDownload, note: () => {} };
  const { folder } = await resolveHubModel(repository, revision, hubAccess(process.env), progress, signal);
  return folder;
}
