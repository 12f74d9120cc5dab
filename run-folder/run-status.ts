/** What a run is doing, told from its folder alone. */
import * as fs from "node:fs";
import * as path from "node:path";
import { type RunStatus, runFolderLayout } from "../contracts/run-folder";
import { isAlive } from "./process-identity";
import { readDiscovery, readLastEvent, readLauncher } from "./run-files";

/** Statuses in which nothing more will happen by itself. */
export function isOver(status: RunStatus): boolean {
  return status !== "queued" && status !== "running" && status !== "stopping";
}

/** Statuses from which a run can be resumed. */
export function canResume(status: RunStatus): boolean {
  return status === "stopped" || status === "interrupted" || status === "failed";
}

/**
 * The folder is read in the order opposite to the one in which a host leaves it (last event, then `host.json`): the other way
 * round a run that finishes meanwhile would look interrupted.
 */
export function runStatus(folder: string): RunStatus {
  const discovery = readDiscovery(folder);
  if (discovery !== null && isAlive(discovery)) return discovery.stopping ? "stopping" : "running";
  const waiting = isWaitingForLauncher(folder);
  const last = readLastEvent(folder)?.type;
  if (last === "finish") return "finished";
  if (waiting) return "queued";
  if (last === "failure") return "failed";
  if (last === "stop") return "stopped";
  return "interrupted";
}

/**
 * A live launcher will start the host, unless it already did: then the host's files are younger than the launcher's record,
 * and what they say counts although the launcher lives on for the sake of other runs.
 */
function isWaitingForLauncher(folder: string): boolean {
  const launcher = readLauncher(folder);
  if (launcher === null || !isAlive(launcher)) return false;
  const announced = modified(folder, runFolderLayout.launcher);
  const hostFiles = [runFolderLayout.events, runFolderLayout.discovery];
  return hostFiles.every((file) => modified(folder, file) < announced);
}

/** Milliseconds since the epoch; -1 when the file is not there. */
function modified(folder: string, file: string): number {
  return fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
