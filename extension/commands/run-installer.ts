/** Runs `mos install tensorflow --json` and reads its lines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { type InstallMessage, installMessageSchema } from "../../contracts/install-protocol";
import { UserError } from "../../contracts/user-error";

type Message<Type> = Extract<InstallMessage, { type: Type }>;

export interface Installer {
  executable: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  onProgress(message: Message<"progress">): void;
  /** Ends it: it clears away what it has begun. */
  signal: AbortSignal;
}

const message = v.pipe(v.string(), v.parseJson(), installMessageSchema);

/**
 * Null when it was cancelled.
 * @throws UserError with what the installer says, or that it ended without a word.
 */
export async function runInstaller(installer: Installer): Promise<Message<"installed"> | null> {
  const { executable, args, environment, signal } = installer;
  const child = spawn(executable, args, {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const cancel = () => child.kill("SIGTERM");
  signal.addEventListener("abort", cancel);
  try {
    const [last, complaints] = await Promise.all([
      lastMessage(child.stdout, installer.onProgress),
      text(child.stderr),
      once(child, "close"),
    ]);
    if (signal.aborted) return null;
    if (last?.type === "installed") return last;
    if (last?.type === "failed") throw new UserError("backend-unavailable", last.message, last.advice);
    throw unexpectedEnd(complaints);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw notStarted(executable, error as Error);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

async function lastMessage(
  stdout: NodeJS.ReadableStream,
  onProgress: Installer["onProgress"],
): Promise<InstallMessage | null> {
  let last: InstallMessage | null = null;
  for await (const line of createInterface({ input: stdout })) {
    const parsed = v.safeParse(message, line);
    if (!parsed.success) continue;
    last = parsed.output;
    if (last.type === "progress") onProgress(last);
  }
  return last;
}

function unexpectedEnd(complaints: string): UserError {
  const line = complaints.trim().split("\n")[0] ?? "";
  return new UserError(
    "backend-unavailable",
    `The installation of TensorFlow ended unexpectedly${line === "" ? "." : `: ${line}`}`,
    "Try `mos install tensorflow --verbose` in a terminal.",
  );
}

function notStarted(executable: string, error: Error): UserError {
  return new UserError(
    "host-lost",
    `Node could not be started from ${executable}: ${error.message}.`,
    "Set `mos.node.path` to a Node of version 20.19 or later, or clear it to use VS Code's own.",
    { cause: error },
  );
}
