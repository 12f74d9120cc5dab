/** Exit codes of the training host; `mos` ends with the same ones. */
export const hostExitCodes = {
  finished: 0,
  failed: 3,
  /** Stopped on request or by a signal; the run can be resumed (EX_TEMPFAIL of sysexits.h). */
  stopped: 75,
} as const;
