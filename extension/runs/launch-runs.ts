import { type ChildProcessByStdio, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { type LaunchReply, type LaunchRequest, launchReplySchema } from "../../contracts/launch-protocol";
import { UserError } from "../../contracts/user-error";
import type { NodeRuntime } from "./node-runtime";

export interface LauncherProgram {
  readonly runtime: NodeRuntime;
  /** `dist/launch.js`. */
  readonly script: string;
  /** The launcher's standard error goes here: a pipe would break, and end it, when the window closes. */
  readonly logFile: string;
}

export type LaunchedRuns = Extract<LaunchReply, { ok: true }>["runs"];

/**
 * Starts a detached launcher with `request` and waits for its one line of answer. From then on it lives by itself.
 * @throws UserError with what the launcher refused, or why it could not be started.
 */
export async function launchRuns(request: LaunchRequest, program: LauncherProgram): Promise<LaunchedRuns> {
  const reply = parseReply(await askLauncher(request, program), program);
  if (reply.ok) return reply.runs;
  throw new UserError("bad-run", reply.message, reply.advice);
}

function askLauncher(request: LaunchRequest, program: LauncherProgram): Promise<string> {
  const { executable, environment } = program.runtime;
  fs.mkdirSync(path.dirname(program.logFile), { recursive: true });
  const log = fs.openSync(program.logFile, "w");
  return new Promise((resolve, reject) => {
    const child = spawn(executable, [program.script], {
      detached: true,
      windowsHide: true,
      env: environment,
      stdio: ["pipe", "pipe", log],
    });
    fs.closeSync(log);
    child.once("error", (error) => reject(notStarted(executable, error)));
    const { stdin, stdout } = child as ChildProcessByStdio<Writable, Readable, null>;
    // The launcher may refuse without reading everything.
    stdin.on("error", () => {});
    stdin.end(JSON.stringify(request));
    let answer = "";
    const finish = () => {
      stdout.removeAllListeners();
      stdout.destroy();
      child.unref();
      resolve(answer.split("\n", 1)[0]!);
    };
    stdout.setEncoding("utf8");
    stdout.on("data", (text: string) => {
      answer += text;
      if (answer.includes("\n")) finish();
    });
    stdout.once("end", finish);
  });
}

function parseReply(line: string, program: LauncherProgram): LaunchReply {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  const reply = v.safeParse(launchReplySchema, value);
  if (reply.success) return reply.output;
  throw new UserError(
    "host-lost",
    `The launcher of training runs ended without an answer${firstComplaint(program.logFile)}`,
    `Its log is ${program.logFile}.`,
  );
}

/** The first telling line of the log: Node prints the place, then the error. */
function firstComplaint(logFile: string): string {
  const lines = fs.readFileSync(logFile, "utf8").split("\n");
  const telling = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line.trim() !== "");
  return telling ? `: ${telling.trim().replace(/\.?$/, ".")}` : ".";
}

function notStarted(executable: string, error: Error): UserError {
  return new UserError(
    "host-lost",
    `Node could not be started from ${executable}: ${error.message}.`,
    "Set `mos.node.path` to a Node of version 20.19 or later, or clear it to use VS Code's own.",
    { cause: error },
  );
}
