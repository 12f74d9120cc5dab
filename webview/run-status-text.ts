import type { Phase } from "../contracts/host-protocol";
import type { RunStatus } from "../contracts/run-folder";

/** A sign and a word for each status: the sign is drawn, never colour alone. */
export const statusSigns: Readonly<Record<RunStatus, string>> = {
  queued: "○",
  running: "▶",
  stopping: "◼",
  stopped: "◼",
  interrupted: "!",
  failed: "✕",
  finished: "✓",
};

export const statusWords: Readonly<Record<RunStatus, string>> = {
  queued: "Queued",
  running: "Running",
  stopping: "Stopping",
  stopped: "Stopped",
  interrupted: "Interrupted",
  failed: "Failed",
  finished: "Finished",
};

export const phaseWords: Readonly<Record<Phase, string>> = {
  downloading: "downloading from the Hub",
  "reading-data": "reading the data",
  loading: "loading the model",
  tokenizing: "tokenizing",
  "initial-perplexity": "measuring the initial perplexities",
  training: "training",
  rewards: "computing rewards",
  evaluating: "evaluating",
  saving: "writing a checkpoint",
};
