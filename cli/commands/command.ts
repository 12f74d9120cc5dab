import type { Command } from "commander";
import type { ExitCode } from "../exit-code";
import type { Output } from "../terminal/output";

/** Makes a command of `mos`. Its action calls `done` with its exit code, or throws. */
export type MakeCommand = (output: Output, done: (code: ExitCode) => void) => Command;
