/** Runs a program of the machine (npm, pip, a compiler) and tells how it ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { UserError } from "../../../../contracts/user-error";

export type ToolResult =
  | { readonly started: true; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program, or it may not be run. */
  | { readonly started: false; readonly why: string };

export interface ToolOptions {
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** @throws UserError "cancelled" when the signal aborts; the program is ended then. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  refuseWhenCancelled(options.signal);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.environment ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const end = () => child.kill();
  options.signal.addEventListener("abort", end);
  try {
    const result = await outcome(child);
    refuseWhenCancelled(options.signal);
    return result;
  } finally {
    options.signal.removeEventListener("abort", end);
  }
}

export function refuseWhenCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new UserError("cancelled", "The installation was cancelled.");
}

/** The last line that says something: where programs state their reason. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

function outcome(child: ChildProcess): Promise<ToolResult> {
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ started: false, why: message }));
    child.once("close", (code, signal) => {
      resolve({
        started: true,
        code: code ?? 1,
        stdout,
        stderr: signal ? `${stderr}\nended by ${signal}` : stderr,
      });
    });
  });
}
