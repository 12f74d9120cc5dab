/** Runs the bundled `mos` command as a person or a script does: a process, its output and its exit code. */
import { type ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export const mosScript = path.resolve(import.meta.dirname, "../../dist/mos.js");

export interface Finished {
  /** null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface StartedMos {
  process: ChildProcess;
  /** What it has printed so far. */
  printed(): string;
  finished: Promise<Finished>;
}

export function startMos(args: readonly string[], cwd: string): StartedMos {
  const child = spawn(process.execPath, [mosScript, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let printed = "";
  child.stdout.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const finished = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({ code, stdout, stderr }),
  );
  return { process: child, printed: () => printed, finished };
}

export function mos(args: readonly string[], cwd: string): Promise<Finished> {
  return startMos(args, cwd).finished;
}
