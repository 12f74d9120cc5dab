/** What lies in a run's folder, `.mos/runs/<run id>/`. The folder is the truth about a run. */
import * as v from "valibot";
import { planSchema } from "./plan";

export const RUN_FOLDER_VERSION = 1;

/** Under the folder of the `.mos` file, unless `--runs` names another. */
export const DEFAULT_RUNS_DIRECTORY = ".mos/runs";

export const runFolderLayout = {
  /** `RunRecord`: the frozen plan and what froze it. */
  plan: "plan.json",
  /** `RunEvent` per line. */
  events: "events.jsonl",
  /** The authors' format: `{"step":n,"<dataset>":p,...}` per update, step 0 being the prior. */
  probabilities: "prob_log.jsonl",
  /** `HostDiscovery`, mode 0600: there while a host owns the run. */
  discovery: "host.json",
  /** `LauncherRecord`: who will start, or has started, the host. */
  launcher: "launcher.json",
  log: "host.log",
  checkpoints: "checkpoints",
  /** The tokenizer that the run trained, when it trained one. */
  tokenizer: "tokenizer.json",
  /** `RunResult`, written when the run ends well. */
  result: "result.json",
} as const;

export const runRecordSchema = v.strictObject({
  version: v.literal(RUN_FOLDER_VERSION),
  /** `<time as yyyymmdd-hhmmss>-<plan id>`, made unique with a suffix. */
  runId: v.pipe(v.string(), v.nonEmpty()),
  created: v.string(),
  product: v.string(),
  plan: planSchema,
});

/**
 * A live host. It is alive when a process `pid` with that start time exists on `host`; seen from another machine, when its
 * heartbeat is recent.
 */
export const hostDiscoverySchema = v.strictObject({
  protocol: v.number(),
  runId: v.string(),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Opaque mark of the process's start (on Linux its start time in clock ticks): process ids are reused. */
  processStart: v.string(),
  host: v.string(),
  /** Path of the Unix domain socket, or name of the pipe. */
  socket: v.string(),
  /** A client shows it in `initialize`. */
  token: v.string(),
  /** ISO 8601; rewritten every HEARTBEAT_SECONDS. */
  heartbeat: v.string(),
  stopping: v.boolean(),
});

export const HEARTBEAT_SECONDS = 5;

export const launcherRecordSchema = v.strictObject({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  processStart: v.string(),
  host: v.string(),
});

export const runResultSchema = v.strictObject({
  version: v.literal(RUN_FOLDER_VERSION),
  runId: v.string(),
  planHash: v.string(),
  steps: v.number(),
  /** Final probabilities, and their time average over the steps: what the run really consumed. */
  p: v.record(v.string(), v.number()),
  averageP: v.record(v.string(), v.number()),
  seconds: v.number(),
  overheadSeconds: v.number(),
  /** Bytes of the host's peak resident memory. */
  peakMemory: v.number(),
});

export const runStatuses = [
  "queued",
  "running",
  "stopping",
  "stopped",
  "interrupted",
  "failed",
  "finished",
] as const;

export type RunStatus = (typeof runStatuses)[number];
export type RunRecord = v.InferOutput<typeof runRecordSchema>;
export type HostDiscovery = v.InferOutput<typeof hostDiscoverySchema>;
export type LauncherRecord = v.InferOutput<typeof launcherRecordSchema>;
export type RunResult = v.InferOutput<typeof runResultSchema>;
