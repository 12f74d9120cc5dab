import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { runFolderLayout } from "../../contracts/run-folder";
import type { HostOptions } from "../training/computing";
import type { HostExit } from "./local";

/** Starts the training host of a run as a process of its own: it outlives whoever started it, and its output is `host.log`. */
export function startHostProcess(
  hostScript: string,
  runFolder: string,
  { parallel, anyBackend }: HostOptions,
): Promise<HostExit> {
  return new Promise((resolve, reject) => {
    const log = fs.openSync(path.join(runFolder, runFolderLayout.log), "a");
    const options = ["--parallel", String(parallel), ...(anyBackend ? ["--any-backend"] : [])];
    const host = spawn(process.execPath, [hostScript, runFolder, ...options], {
      cwd: runFolder,
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
    });
    fs.closeSync(log);
    host.once("error", reject);
    host.once("exit", (code, signal) => resolve({ code, signal }));
  });
}
