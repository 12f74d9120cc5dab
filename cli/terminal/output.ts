import type { TerminalStream } from "./live-region";
import { chooseStyle, type Style } from "./style";

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Output {
  /** Standard output: lines of the result. */
  out(text: string): void;
  /** Standard error: notes and errors. */
  err(text: string): void;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** Standard output as a terminal; null when it is a file or a pipe. */
  readonly terminal: TerminalStream | null;
  /** Columns to lay results out for; unbounded when they go to a file or a pipe: what reads them wants all of it. */
  readonly columns: number;
}

export function processOutput(): Output {
  const { stdout, stderr, env } = process;
  const terminal = stdout.isTTY && env.TERM !== "dumb" ? stdout : null;
  return {
    out: (text) => stdout.write(`${text}\n`),
    err: (text) => stderr.write(`${text}\n`),
    outStyle: chooseStyle(stdout.isTTY, env),
    errStyle: chooseStyle(stderr.isTTY, env),
    terminal,
    columns: terminal === null ? Number.POSITIVE_INFINITY : terminal.columns || 80,
  };
}
