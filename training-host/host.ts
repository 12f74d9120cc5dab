/**
 * The training host: `node dist/host.js <run folder>`. It owns the run while it lives, trains, serves the local socket, and ends
 * with 0 (finished), 3 (failed) or 75 (stopped, can be resumed). What it prints is the run's `host.log`.
 */
import { randomBytes } from "node:crypto";
import * as path from "node:path";
import { parseArgs } from "node:util";
import type { RunEvent } from "../contracts/run-event";
import { HEARTBEAT_SECONDS } from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";
import { readDiscovery, readLastEvent } from "../run-folder/run-files";
import { HostAnnouncement } from "./runs/discovery";
import { hostExitCodes } from "./runs/exit-codes";
import { openRunFolder } from "./runs/folder";
import { HostServer, removeSocketOf } from "./runs/host-server";
import { RunLock } from "./runs/lock";
import type { HostOptions } from "./training/computing";
import { describeFailure } from "./training/failure";
import { Progress } from "./training/progress";
import { Run } from "./training/run";
import { StopRequest } from "./training/stop-request";

const USAGE_EXIT_CODE = 2;

async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  if (asked === null) {
    console.error("usage: host.js <run folder> [--parallel <runs that share the machine>] [--any-backend]");
    return USAGE_EXIT_CODE;
  }
  const { folder, options } = asked;
  // The terminal or window that started the run may go; the run stays.
  process.on("SIGHUP", () => {});
  // Training is one chain of awaited calls whose errors all arrive below. What is left is a client's connection or a timer:
  // no reason to lose the run.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => log(`unexpected: ${(error as Error)?.stack ?? error}`));
  }
  try {
    const lock = RunLock.acquire(folder);
    try {
      return await hostRun(folder, lock, options);
    } finally {
      lock.release();
    }
  } catch (error) {
    printFailure(error);
    return hostExitCodes.failed;
  }
}

function readArguments(args: string[]): { folder: string; options: HostOptions } | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        parallel: { type: "string", default: "1" },
        "any-backend": { type: "boolean", default: false },
      },
    });
    const parallel = Number(values.parallel);
    const [folder, extra] = positionals;
    if (folder === undefined || extra !== undefined || !(Number.isInteger(parallel) && parallel >= 1))
      return null;
    return { folder: path.resolve(folder), options: { parallel, anyBackend: values["any-backend"] } };
  } catch {
    return null;
  }
}

async function hostRun(folder: string, lock: RunLock, options: HostOptions): Promise<number> {
  const record = openRunFolder(folder);
  if (readLastEvent(folder)?.type === "finish") {
    log("the run has finished already");
    return hostExitCodes.finished;
  }
  const stop = new StopRequest();
  // Before anyone can know of this process: a signal would end it without a word.
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => stop.ask(`Received ${signal}.`));
  const progress = new Progress(() => performance.now() / 1000);
  const token = randomBytes(32).toString("base64url");
  removeSocketOf(readDiscovery(folder));
  const server = await HostServer.listen({
    runId: record.runId,
    token,
    progress: () => progress.snapshot(),
    stop: (client) => stop.ask(`Asked to by ${client}.`),
  });
  const announcement = new HostAnnouncement(folder, {
    runId: record.runId,
    socket: server.address.path,
    token,
  });
  stop.signal.addEventListener("abort", () => {
    log(`stopping: ${stop.reason}`);
    announcement.markStopping();
  });
  const heartbeat = setInterval(() => beat(lock, announcement), HEARTBEAT_SECONDS * 1000);
  const hooks = { stop, progress, log, onEvent: ({ seq }: RunEvent) => server.announceEvents(seq) };
  const run = new Run(folder, record, options, hooks);
  try {
    log(`run ${record.runId}, process ${process.pid}`);
    const end = await run.go();
    log(end);
    return hostExitCodes[end];
  } catch (error) {
    printFailure(error);
    run.recordFailure(describeFailure(error));
    return hostExitCodes.failed;
  } finally {
    clearInterval(heartbeat);
    announcement.withdraw();
    await server.close();
  }
}

/** A heartbeat that cannot be written (a full disk) is no reason to end a run that may still save itself. */
function beat(lock: RunLock, announcement: HostAnnouncement): void {
  try {
    lock.beat();
    announcement.beat();
  } catch (error) {
    log(`heartbeat: ${(error as Error).message}`);
  }
}

function printFailure(error: unknown): void {
  const { message, advice } = describeFailure(error);
  log([message, advice].filter(Boolean).join(" "));
  const stack =
    error instanceof UserError ? (error.cause as Error | undefined)?.stack : (error as Error).stack;
  if (stack) console.error(stack);
}

function log(message: string): void {
  console.error(`${new Date().toISOString()} ${message}`);
}

// `exit` and not `exitCode`: nothing that is still open (a client's socket) may keep a run's host alive after its end.
void main().then((code) => process.exit(code));
