/** Real host processes on real run folders. */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, onTestFinished } from "vitest";
import type { Plan } from "../../contracts/plan";
import type { RunEvent } from "../../contracts/run-event";
import { runFolderLayout } from "../../contracts/run-folder";
import { readEvents } from "../../run-folder/run-files";
import { createRunFolder } from "../../training-host/runs/folder";

export const hostScript = path.join(__DIST__, "host.js");
export const launchScript = path.join(__DIST__, "launch.js");

/** A folder that is gone when the test (or the file, in `beforeAll`) is over. */
export function temporaryFolder(cleanUp: (remove: () => void) => void = onTestFinished): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-host-"));
  cleanUp(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Freezes the plan in a folder of its own. */
export function freezeRun(plan: Plan): string {
  return createRunFolder(plan, path.join(plan.baseDirectory, ".mos", "runs"), new Date()).folder;
}

export interface HostEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed: `host.log` when a launcher starts it. */
  output: string;
}

export interface StartedHost {
  process: ChildProcess;
  ended: Promise<HostEnd>;
}

const started = new Set<ChildProcess>();

/** A test that broke off leaves no process behind. */
afterAll(() => {
  for (const host of started) host.kill("SIGKILL");
});

export interface HostChanges {
  /** After the run folder. */
  args?: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

export function startHost(runFolder: string, { args = [], environment = {} }: HostChanges = {}): StartedHost {
  const host = spawn(process.execPath, [hostScript, runFolder, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  for (const stream of [host.stdout, host.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise<HostEnd>((resolve) => {
    host.once("close", (code, signal) => {
      started.delete(host);
      resolve({ code, signal, output });
    });
  });
  started.add(host);
  return { process: host, ended };
}

export function runToEnd(runFolder: string, changes?: HostChanges): Promise<HostEnd> {
  return startHost(runFolder, changes).ended;
}

export function eventsOf(runFolder: string): RunEvent[] {
  return readEvents(runFolder).events;
}

export function eventsOfType<T extends RunEvent["type"]>(
  runFolder: string,
  type: T,
): Extract<RunEvent, { type: T }>[] {
  return eventsOf(runFolder).filter((event) => event.type === type) as Extract<RunEvent, { type: T }>[];
}

/** Waits, looking every few milliseconds; the test's own time limit is what ends a wait in vain. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * What two runs of one plan must have in common: their records but for numbering, clock times and process, and but for the
 * records of breaks.
 */
export function withoutTimes(
  events: readonly RunEvent[],
  alsoWithout: readonly RunEvent["type"][] = [],
): unknown[] {
  const breaks: readonly RunEvent["type"][] = ["resume", "stop", "failure", ...alsoWithout];
  return events
    .filter(({ type }) => !breaks.includes(type))
    .map((event) => {
      const { seq, time, seconds, overheadSeconds, peakMemory, pid, ...rest } = event as unknown as Record<
        string,
        unknown
      >;
      return rest;
    });
}

/** The bytes of a run that times do not touch: probabilities, and the model (or adapter) and optimizer of its last checkpoint. */
export function lastingBytes(runFolder: string, step: number): Record<string, Buffer> {
  const checkpoint = path.join(runFolder, runFolderLayout.checkpoints, `step-${step}`);
  const model = ["model.safetensors", "adapter_model.safetensors"].find((name) =>
    fs.existsSync(path.join(checkpoint, name)),
  )!;
  return {
    probabilities: fs.readFileSync(path.join(runFolder, runFolderLayout.probabilities)),
    model: fs.readFileSync(path.join(checkpoint, model)),
    optimizer: fs.readFileSync(path.join(checkpoint, "optimizer.safetensors")),
  };
}
