/**
 * `node dist/launch.js`: takes a LaunchRequest on standard input, freezes its plans into run folders, answers with one
 * LaunchReply line, and stays behind, without a terminal and without its client, to start the hosts in turn.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { type LaunchReply, type LaunchRequest, launchRequestSchema } from "../../contracts/launch-protocol";
import { type RunRecord, runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { ownIdentity } from "../../run-folder/process-identity";
import { readLauncher } from "../../run-folder/run-files";
import { canResume, runStatus } from "../../run-folder/run-status";
import { writeDurably } from "../runs/durable-file";
import { createRunFolder, openRunFolder } from "../runs/folder";
import { startHostProcess } from "./host-process";
import { LocalQueue } from "./local";
import { explainUnexplainedEnd, recordCancellation } from "./unexplained-end";

/** How often the queue looks whether a waiting run was cancelled. */
const SWEEP_MILLISECONDS = 1000;

interface PreparedRun {
  record: RunRecord;
  folder: string;
}

async function main(): Promise<void> {
  // The client's end, its terminal's end, must not end the queue.
  process.on("SIGHUP", () => {});
  let runs: PreparedRun[];
  let parallel: number;
  let anyBackend: boolean;
  try {
    const request = parseRequest(await text(process.stdin));
    runs = request.kind === "run" ? freeze(request) : reopen(request.runFolders);
    parallel =
      (request.kind === "run" ? request.parallel : null) ?? runs[0]!.record.plan.config.launch.parallel;
    anyBackend = request.kind === "resume" && request.anyBackend;
    for (const { folder } of runs) announce(folder);
  } catch (error) {
    if (!(error instanceof UserError)) console.error(error);
    const { message, advice } = error instanceof UserError ? error : unexpected(error);
    reply({ ok: false, message, advice });
    process.exitCode = 1;
    return;
  }
  reply({
    ok: true,
    runs: runs.map(({ record, folder }) => ({ runId: record.runId, folder, name: record.plan.name })),
  });
  await workOff(
    runs.map(({ folder }) => folder),
    parallel,
    anyBackend,
  );
}

function parseRequest(input: string): LaunchRequest {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw new UserError("bad-plan", "The launch request on standard input is not JSON.");
  }
  const result = v.safeParse(launchRequestSchema, value);
  if (result.success) return result.output;
  const where = v.getDotPath(result.issues[0]) ?? "";
  throw new UserError("bad-plan", `The launch request is not valid: ${where}: ${result.issues[0].message}`);
}

/** All or none: when one folder cannot be made, those before it go again. */
function freeze(request: Extract<LaunchRequest, { kind: "run" }>): PreparedRun[] {
  const runs: PreparedRun[] = [];
  try {
    for (const plan of request.plans) runs.push(createRunFolder(plan, request.runsDirectory, new Date()));
  } catch (error) {
    for (const { folder } of runs) fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return runs;
}

function reopen(runFolders: readonly string[]): PreparedRun[] {
  return [...new Set(runFolders.map((folder) => path.resolve(folder)))].map((folder) => {
    const record = openRunFolder(folder);
    const status = runStatus(folder);
    if (canResume(status)) return { record, folder };
    throw new UserError(
      status === "finished" ? "bad-run" : "run-held",
      `The run ${record.runId} is ${status}.`,
      status === "finished" ? "There is nothing to resume." : "Only a run that has ended can be resumed.",
    );
  });
}

/** Says who will start the run's host. Taking this file away cancels the run while it waits. */
function announce(runFolder: string): void {
  writeDurably(path.join(runFolder, runFolderLayout.launcher), `${JSON.stringify(ownIdentity())}\n`);
}

function isOurs(runFolder: string): boolean {
  const launcher = readLauncher(runFolder);
  const own = ownIdentity();
  return launcher !== null && launcher.pid === own.pid && launcher.processStart === own.processStart;
}

function unexpected(error: unknown): { message: string; advice: string } {
  return { message: `The launcher broke: ${(error as Error).message}.`, advice: "" };
}

/**
 * Writes the line, then lets go of both outputs: the client reads to their end, and must not wait for the queue.
 * Node cannot close `process.stdout`, hence the file descriptors; the null device takes their numbers, so that no file does.
 */
function reply(message: LaunchReply): void {
  try {
    fs.writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // The client is gone already. The runs are frozen; they start all the same.
  }
  for (const output of [1, 2]) {
    fs.closeSync(output);
    fs.openSync(os.devNull, "w");
  }
}

async function workOff(runFolders: readonly string[], parallel: number, anyBackend: boolean): Promise<void> {
  const hostScript = path.join(__DIST__, "host.js");
  // The same for each, also for the last that runs alone: runs that are compared compute alike.
  const options = { parallel: Math.min(parallel, runFolders.length), anyBackend };
  const queue = new LocalQueue(parallel, {
    startHost: (folder) => startHostProcess(hostScript, folder, options),
    isWanted: isOurs,
    onLeave(folder, exit) {
      try {
        if (exit === null) recordCancellation(folder);
        else explainUnexplainedEnd(folder, exit);
      } catch {
        // The folder is gone, or the run was taken over by another launcher: nobody is left to tell.
      }
      if (isOurs(folder)) fs.rmSync(path.join(folder, runFolderLayout.launcher), { force: true });
    },
  });
  const sweeper = setInterval(() => queue.sweep(), SWEEP_MILLISECONDS);
  queue.submit(runFolders);
  await queue.idle();
  clearInterval(sweeper);
}

void main();
