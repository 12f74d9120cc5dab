/** What a person means by `--model`: a folder, a run, or a repository on the Hub. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ModelSource } from "../contracts/model-protocol";
import { runFolderLayout } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { findRun } from "../run-folder/find-runs";
import { UsageError } from "./report-error";

const HUB_NAME = /^([\w.-]+\/[\w.-]+)(?:@(.+))?$/;

export interface NamedModel {
  model: string;
  adapter?: string | undefined;
}

/**
 * A folder that is there counts first, then a run by its id or the beginning of one, then the Hub (`org/name`, with a branch, tag
 * or commit `org/name@v1`). @throws UserError when it is none of these; UsageError for an adapter beside a run.
 */
export function modelSource(
  { model, adapter }: NamedModel,
  runsDirectory: string,
  workingDirectory: string = process.cwd(),
): ModelSource {
  const folder = path.resolve(workingDirectory, model);
  const beside = adapter === undefined ? null : path.resolve(workingDirectory, adapter);
  const run = runFolder(model, folder, runsDirectory, workingDirectory);
  if (run !== null) {
    if (beside !== null) throw new UsageError("A run brings its own adapter: leave out --adapter.");
    return { kind: "run", folder: run };
  }
  if (fs.existsSync(folder)) return { kind: "folder", folder, adapter: beside };
  const [, repository, revision = "main"] = HUB_NAME.exec(model) ?? [];
  if (repository !== undefined && !/^\.{1,2}\//.test(model))
    return { kind: "hub", repository, revision, adapter: beside };
  throw new UserError(
    "file-missing",
    `There is no model ${model}: no such folder, and no run of ${runsDirectory} with that id.`,
    "Name a folder in the Hugging Face format, a run, or a repository of the Hub as `org/name`.",
  );
}

/** null: it is no run. */
function runFolder(
  model: string,
  folder: string,
  runsDirectory: string,
  workingDirectory: string,
): string | null {
  if (fs.existsSync(folder)) return fs.existsSync(path.join(folder, runFolderLayout.plan)) ? folder : null;
  if (model.includes("/") || model.includes(path.sep)) return null;
  try {
    return findRun(runsDirectory, model, workingDirectory);
  } catch (error) {
    if (error instanceof UserError && error.reason === "run-not-found") return null;
    throw error;
  }
}
