/**
 * JSON-RPC between a training host and its clients (extension, `mos`), over the socket named in `host.json`.
 * Framing is that of vscode-jsonrpc. The host answers nothing but `initialize` before a right token was shown.
 * Both directions validate what arrives.
 */
import * as v from "valibot";

export const HOST_PROTOCOL_VERSION = 1;

export const hostMethods = {
  /** InitializeParams -> InitializeResult */
  initialize: "initialize",
  /** null -> null: finish the step, write a checkpoint, end. Idempotent. */
  stop: "stop",
  /** Notification, host to client: ProgressParams. Sent about four times a second, dropped when a client is slow. */
  progress: "progress",
  /** Notification, host to client: EventsParams. Says that `events.jsonl` has grown; clients read the file. */
  events: "events",
} as const;

export const initializeParamsSchema = v.strictObject({
  protocol: v.number(),
  token: v.string(),
  client: v.string(),
});

export const initializeResultSchema = v.strictObject({
  protocol: v.number(),
  runId: v.string(),
  pid: v.number(),
});

export const phases = [
  "downloading",
  "reading-data",
  "loading",
  "tokenizing",
  "initial-perplexity",
  "training",
  "rewards",
  "evaluating",
  "saving",
] as const;

export const progressParamsSchema = v.strictObject({
  phase: v.picklist(phases),
  /** Optimizer steps done, and of how many. */
  step: v.number(),
  steps: v.number(),
  /** Share of the phase that is done, when the phase is not training; else null. */
  phaseShare: v.nullable(v.number()),
  /** Mean over the last steps; null before the first. */
  loss: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
  /** Estimated seconds to the end of the run, before the first step of a download from the Hub; null while unknown. */
  secondsLeft: v.nullable(v.number()),
  p: v.record(v.string(), v.number()),
});

export const eventsParamsSchema = v.strictObject({ lastSeq: v.number() });

export type InitializeParams = v.InferOutput<typeof initializeParamsSchema>;
export type InitializeResult = v.InferOutput<typeof initializeResultSchema>;
export type ProgressParams = v.InferOutput<typeof progressParamsSchema>;
export type EventsParams = v.InferOutput<typeof eventsParamsSchema>;
export type Phase = (typeof phases)[number];
