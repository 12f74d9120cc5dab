/** Records the failure of a host that could not do so itself. */
import * as fs from "node:fs";
import * as path from "node:path";
import { runFolderLayout } from "../../contracts/run-folder";
import { readFirstEvent, readLastEvent } from "../../run-folder/run-files";
import { EventLog } from "../runs/event-log";
import { hostExitCodes } from "../runs/exit-codes";
import { RunLock } from "../runs/lock";
import type { HostExit } from "./local";

const LOG_TAIL_BYTES = 16 * 1024;

/**
 * A host that was killed leaves an interrupted run, which needs no explanation. One that aborted or broke before it could
 * write a record does: the sentence goes into the run's events.
 */
export function explainUnexplainedEnd(runFolder: string, exit: HostExit): void {
  const failure = describe(readLogTail(runFolder), exit, nativeBackend(runFolder));
  if (failure === null) return;
  const last = readLastEvent(runFolder);
  if (last?.type === "failure" || last?.type === "finish" || last?.type === "stop") return;
  const lock = RunLock.acquire(runFolder);
  try {
    const log = EventLog.open(runFolder, { throughStep: Number.POSITIVE_INFINITY });
    log.append({ type: "failure", step: last?.step ?? 0, ...failure });
    log.close();
  } finally {
    lock.release();
  }
}

/** The run was taken out of the queue before its host was started. */
export function recordCancellation(runFolder: string): void {
  const lock = RunLock.acquire(runFolder);
  try {
    const log = EventLog.open(runFolder, { throughStep: Number.POSITIVE_INFINITY });
    const step = readLastEvent(runFolder)?.step ?? 0;
    log.append({ type: "stop", step, reason: "Cancelled while it waited for its turn." });
    log.close();
  } finally {
    lock.release();
  }
}

/** They load no native library. */
const safeBackends: readonly string[] = ["wasm", "cpu"];

/** The backend that computed the run, when a library or driver of others could have broken the host; else null. */
function nativeBackend(runFolder: string): string | null {
  const first = readFirstEvent(runFolder);
  return first?.type === "start" && !safeBackends.includes(first.backend) ? first.backend : null;
}

/** How a process ends that went wrong in native code. */
const crashes: readonly (NodeJS.Signals | null)[] = [
  "SIGABRT",
  "SIGSEGV",
  "SIGILL",
  "SIGBUS",
  "SIGFPE",
  "SIGTRAP",
];

function describe(
  logTail: string,
  { code, signal }: HostExit,
  backend: string | null,
): { message: string; advice: string } | null {
  if (/heap out of memory|Array buffer allocation failed|std::bad_alloc/.test(logTail)) {
    return {
      message: "The training host ran out of memory and was aborted.",
      advice:
        "Use a smaller train.batch.micro, train.length or model, or close other programs, and resume the run.",
    };
  }
  const isExpected = signal !== null || Object.values<number | null>(hostExitCodes).includes(code);
  const crashed = crashes.includes(signal);
  if (isExpected && !crashed) return null;
  const how = signal ?? (code === null ? "before it began" : `with exit code ${code}`);
  const log = `${runFolderLayout.log} in the run folder holds what it printed.`;
  const again = "`mos resume` goes on from the last checkpoint.";
  const other = "If it happens again, start a run with `--set launch.backend=wasm`.";
  return {
    message: `The training host ended unexpectedly (${how})${crashed && backend ? `, computing by ${backend}` : ""}.`,
    advice: [log, again, ...(crashed && backend ? [other] : [])].join(" "),
  };
}

function readLogTail(runFolder: string): string {
  const file = path.join(runFolder, runFolderLayout.log);
  try {
    const bytes = fs.readFileSync(file);
    return bytes.toString("utf8", Math.max(0, bytes.length - LOG_TAIL_BYTES));
  } catch {
    return "";
  }
}
