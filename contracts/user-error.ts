/**
 * A failure that the user can do something about. `message` is one clear sentence: what is wrong and where.
 * `advice` is what to do, "" when the message says it. `reason` tells the kinds apart in code: never match message texts.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";

  constructor(
    readonly reason: UserErrorReason,
    message: string,
    readonly advice = "",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type UserErrorReason =
  | "file-missing"
  | "file-empty"
  | "file-unreadable"
  | "bad-row"
  | "bad-column"
  | "bad-encoding"
  | "bad-model"
  | "bad-tokenizer"
  | "bad-template"
  | "hub-unreachable"
  | "hub-refused"
  | "hub-not-found"
  | "hub-damaged"
  | "bad-plan"
  | "bad-run"
  | "run-not-found"
  | "run-ambiguous"
  | "run-held"
  | "run-changed"
  | "folder-unwritable"
  | "disk-full"
  | "out-of-memory"
  | "backend-unavailable"
  | "threads-failed"
  | "host-lost"
  | "cancelled";
