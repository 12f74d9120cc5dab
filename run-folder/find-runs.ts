/** The runs of a runs directory, and the one a person means by an id, the beginning of one, or a folder. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { RunEvent } from "../contracts/run-event";
import { type RunRecord, type RunStatus, runFolderLayout } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { readFirstEvent, readLastEvent, readRunRecord } from "./run-files";
import { runStatus } from "./run-status";

/** A run as a list shows it. Read without the events in between, so that hundreds of runs take no time. */
export interface ListedRun {
  /** Absolute. */
  folder: string;
  record: RunRecord;
  status: RunStatus;
  /** Optimizer steps done, and of how many; null before the host has said so. */
  step: number;
  steps: number | null;
  lastEvent: RunEvent | null;
}

/** A folder among the runs that is not one. */
export interface SkippedFolder {
  folder: string;
  reason: string;
}

export interface RunList {
  /** By run id, which begins with the time: oldest first. */
  runs: ListedRun[];
  skipped: SkippedFolder[];
}

export function listRuns(runsDirectory: string): RunList {
  const list: RunList = { runs: [], skipped: [] };
  for (const folder of foldersIn(runsDirectory)) {
    try {
      list.runs.push(readListedRun(folder));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      list.skipped.push({ folder, reason: error.message });
    }
  }
  return list;
}

/** @throws UserError "bad-run" when the folder is not a run's. */
export function readListedRun(folder: string): ListedRun {
  const record = readRunRecord(folder);
  const status = runStatus(folder);
  const first = readFirstEvent(folder);
  const lastEvent = first === null ? null : readLastEvent(folder);
  return {
    folder,
    record,
    status,
    step: lastEvent?.step ?? 0,
    steps: first?.type === "start" ? first.steps : plannedSteps(record),
    lastEvent,
  };
}

/**
 * The folder of the run with this id, with the only id that begins so, or at this path (relative paths start at
 * `workingDirectory`).
 * @throws UserError "run-not-found" or "run-ambiguous".
 */
export function findRun(
  runsDirectory: string,
  idOrPrefixOrFolder: string,
  workingDirectory: string = process.cwd(),
): string {
  const asFolder = path.resolve(workingDirectory, idOrPrefixOrFolder);
  if (isRunFolder(asFolder)) return asFolder;
  const folders = foldersIn(runsDirectory).filter(isRunFolder);
  const found = matchRunIds(
    folders.map((folder) => path.basename(folder)),
    idOrPrefixOrFolder,
  );
  if (found.length === 1) return path.join(path.resolve(runsDirectory), found[0]!);
  if (found.length === 0) throw notFound(runsDirectory, idOrPrefixOrFolder);
  throw new UserError(
    "run-ambiguous",
    `"${idOrPrefixOrFolder}" is the beginning of ${found.length} run ids: ${found.slice(0, 5).join(", ")}${found.length > 5 ? ", ..." : ""}.`,
    "Give more of the id.",
  );
}

/** The ids that `wanted` can mean: the equal one alone, else all that begin with it. */
export function matchRunIds(ids: readonly string[], wanted: string): string[] {
  if (wanted === "") return [];
  return ids.includes(wanted) ? [wanted] : ids.filter((id) => id.startsWith(wanted));
}

function notFound(runsDirectory: string, wanted: string): UserError {
  return new UserError(
    "run-not-found",
    `There is no run "${wanted}" in ${path.resolve(runsDirectory)}, and no run folder at that path.`,
    "`mos ls` shows the runs of a folder; --runs names another one.",
  );
}

function isRunFolder(folder: string): boolean {
  return fs.existsSync(path.join(folder, runFolderLayout.plan));
}

function foldersIn(runsDirectory: string): string[] {
  const absolute = path.resolve(runsDirectory);
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(absolute, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new UserError("file-unreadable", `The runs folder ${absolute} cannot be read: ${message}.`, "", {
      cause: error,
    });
  }
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => path.join(absolute, entry.name))
    .sort();
}

function plannedSteps(record: RunRecord): number | null {
  const { duration } = record.plan.config.train;
  return "steps" in duration ? duration.steps : null;
}
