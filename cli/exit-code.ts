/** The exit codes of `mos`. */
export const exitCodes = {
  done: 0,
  /** The input is wrong; what is wrong was printed. */
  badInput: 1,
  usage: 2,
  /** A run failed, or `mos` itself did. */
  failed: 3,
  /** A run was stopped or interrupted and can be resumed (EX_TEMPFAIL). */
  resumable: 75,
  /** Ctrl-C (128 + SIGINT). */
  cancelled: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
