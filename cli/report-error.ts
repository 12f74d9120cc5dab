import { UserError, type UserErrorReason } from "../contracts/user-error";
import { type ExitCode, exitCodes } from "./exit-code";
import type { Output } from "./terminal/output";

/** What is given to the command in the wrong way: wrong usage, where the library that parses arguments cannot know. */
export class UsageError extends Error {}

/** Reasons that are not the input's fault. */
const otherExitCodes: Partial<Record<UserErrorReason, ExitCode>> = {
  "host-lost": exitCodes.failed,
  "hub-unreachable": exitCodes.failed,
  "hub-damaged": exitCodes.failed,
  "out-of-memory": exitCodes.failed,
  "backend-unavailable": exitCodes.failed,
  cancelled: exitCodes.cancelled,
};

/** Prints one sentence and, on a line of its own, what to do; the stack only when `verbose`. */
export function reportError(error: unknown, output: Output, verbose: boolean): ExitCode {
  const { message, advice, code } = describe(error);
  output.err(`${output.errStyle.bad("error:")} ${message}`);
  if (advice !== "") output.err(advice);
  if (verbose && error instanceof Error) output.err(output.errStyle.dim(stackOf(error)));
  return code;
}

export function exitCodeOf({ reason }: UserError): ExitCode {
  return otherExitCodes[reason] ?? exitCodes.badInput;
}

function describe(error: unknown): { message: string; advice: string; code: ExitCode } {
  if (error instanceof UserError) {
    return { message: error.message, advice: error.advice, code: exitCodeOf(error) };
  }
  if (error instanceof UsageError) return { message: error.message, advice: "", code: exitCodes.usage };
  return {
    message: `mos broke: ${error instanceof Error ? error.message : String(error)}`,
    advice: "This is a fault of the program; --verbose shows where.",
    code: exitCodes.failed,
  };
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\nCaused by: ${stackOf(error.cause)}` : stack;
}
