/** Asks whoever has a run in hand to stop it: its host, or the launcher that has yet to start one. */
import * as fs from "node:fs";
import * as path from "node:path";
import { runFolderLayout } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { connectHost } from "./host-client";
import { runStatus } from "./run-status";

/** What was asked of whom: a host writes a checkpoint and ends; a waiting run leaves the queue; an ended run needs nothing. */
export type StopRequest = "host-asked" | "queue-left" | "already-over";

/**
 * Returns when the request was taken, not when the run has ended. Idempotent.
 * @throws UserError "host-lost" when the host lives but cannot be reached.
 */
export async function requestStop(folder: string, client: string): Promise<StopRequest> {
  switch (runStatus(folder)) {
    case "queued":
      // The launcher starts only the runs that still hold its record.
      fs.rmSync(path.join(folder, runFolderLayout.launcher), { force: true });
      return isRunning(folder) ? askHost(folder, client) : "queue-left";
    case "running":
    case "stopping":
      return askHost(folder, client);
    default:
      return "already-over";
  }
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
