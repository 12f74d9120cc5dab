/** Asks whoever has a run in hand to stop it: its host, or the launcher that has yet to start one. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runFolderLayout } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { connectHost } from "./host-client";
import { runStatus } from "./run-status";

/** What was asked of whom: a host writes a checkpoint and ends; a waiting run leaves the queue; an ended run needs nothing. */
export type StopRequest = "host-asked" | "queue-left" | "already-over";

/**
 * Returns when the request was taken, not when a running host has ended. Idempotent.
 * @throws UserError "host-lost" when the host lives but cannot be reached.
 */
export async function requestStop(folder: string, client: string): Promise<StopRequest> {
  switch (runStatus(folder)) {
    case "queued":
      return leaveQueue(folder, client);
    case "running":
    case "stopping":
      return askHost(folder, client);
    default:
      return "already-over";
  }
}

/** A launcher looks about once a second which of its runs still hold its record, and notes in the others that they are stopped. */
const LAUNCHER_SECONDS = 3;
const LOOK_MILLISECONDS = 50;

async function leaveQueue(folder: string, client: string): Promise<StopRequest> {
  fs.rmSync(path.join(folder, runFolderLayout.launcher), { force: true });
  for (let looks = (LAUNCHER_SECONDS * 1000) / LOOK_MILLISECONDS; looks > 0; looks--) {
    // Its turn may have come at this very moment.
    if (isRunning(folder)) return askHost(folder, client);
    if (runStatus(folder) === "stopped") break;
    await delay(LOOK_MILLISECONDS);
  }
  return "queue-left";
}

async function askHost(folder: string, client: string): Promise<StopRequest> {
  try {
    const host = await connectHost(folder, client);
    try {
      await host.stop();
    } finally {
      host.dispose();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // It may have ended by itself meanwhile: then what was asked for has happened.
    if (isRunning(folder)) throw error;
  }
  return "host-asked";
}

function isRunning(folder: string): boolean {
  const status = runStatus(folder);
  return status === "running" || status === "stopping";
}
