/** The sentences of the panel. */
import type { ModelPhase } from "../../contracts/model-protocol";
import type { SideState, TryAnswer, TrySide } from "../../contracts/try-panel-protocol";
import { formatBytes, formatCount, formatNumber, formatSeconds, formatShare } from "../number-format";
import type { TryState } from "./try-state";

const phaseWords: Readonly<Record<ModelPhase, string>> = {
  downloading: "Downloading",
  loading: "Loading",
  "reading-data": "Reading the data",
  evaluating: "Evaluating",
};

/** `Before training`, `After step 300`. */
export function sideTitle(side: TrySide, state: SideState): string {
  if (side === "before") return "Before training";
  const step = state.kind === "ready" ? state.model.step : null;
  return step === null ? "After training" : `After step ${formatCount(step)}`;
}

/** What to do while nothing was asked yet. */
export function invitation({ sides }: Pick<TryState, "sides">): string {
  const prompt = "Write a prompt such as the run's datasets have.";
  return sides.before.kind === "absent"
    ? prompt
    : `${prompt} Both models answer, and you see what training has changed.`;
}

/** What can be said about a side in one line; "" while it failed, which a banner says. */
export function sideLine(state: SideState): string {
  switch (state.kind) {
    case "absent":
      return state.why;
    case "loading":
      return loadingLine(state);
    case "ready":
      return readyLine(state);
    case "failed":
      return "";
  }
}

/** `ended by itself · 23 tokens · 41 tokens/s`; what the answer waits for before. */
export function answerLine({ end, text }: TryAnswer, state: SideState): string {
  if (end === null) {
    if (text !== "") return "writing…";
    return state.kind === "loading" ? "waiting for the model…" : "reading the prompt…";
  }
  if (end.kind === "failed") return "";
  const reasons = {
    "stop-token": "ended by itself",
    "stop-text": "ended at a stop text",
    length: "cut at the most tokens",
    cancelled: "stopped",
  } as const;
  const speed = end.tokensPerSecond === null ? [] : [`${formatNumber(end.tokensPerSecond)} tokens/s`];
  const tokens = `${formatCount(end.tokens)} ${end.tokens === 1 ? "token" : "tokens"}`;
  return [reasons[end.reason], tokens, ...speed].join(" · ");
}

function loadingLine({ phase, share, secondsLeft }: Extract<SideState, { kind: "loading" }>): string {
  if (phase === null) return "Starting…";
  const parts = [
    share === null ? phaseWords[phase] : `${phaseWords[phase]} ${formatShare(share)}`,
    ...(secondsLeft === null ? [] : [`${formatSeconds(secondsLeft)} left`]),
  ];
  return `${parts.join(", ")}…`;
}

function readyLine({ model }: Extract<SideState, { kind: "ready" }>): string {
  const threads = `${model.threads} ${model.threads === 1 ? "thread" : "threads"}`;
  return [
    model.architecture,
    `${formatCount(model.parameters)} parameters`,
    ...(model.adapter ? [`adapter of rank ${model.adapter.rank}`] : []),
    `${model.backend}, ${threads}`,
    formatBytes(model.heldBytes),
  ].join(" · ");
}
