import type { Phase } from "../../contracts/host-protocol";
import type { RunStatus } from "../../contracts/run-folder";
import type { RunOverview } from "./run-overview";

/** A codicon and, where it carries meaning, a theme colour. The state is always said in words as well. */
export const statusIcons: Record<RunStatus, { icon: string; color?: string }> = {
  queued: { icon: "clock" },
  running: { icon: "loading~spin", color: "charts.blue" },
  stopping: { icon: "loading~spin", color: "charts.yellow" },
  stopped: { icon: "debug-pause", color: "charts.yellow" },
  interrupted: { icon: "debug-disconnect", color: "charts.orange" },
  failed: { icon: "error", color: "testing.iconFailed" },
  finished: { icon: "pass", color: "testing.iconPassed" },
};

const phaseTexts: Record<Phase, string> = {
  downloading: "downloading",
  "reading-data": "reading data",
  loading: "loading model",
  tokenizing: "tokenizing",
  "initial-perplexity": "initial perplexities",
  training: "training",
  rewards: "rewards",
  evaluating: "evaluating",
  saving: "saving",
};

/** One line beside the run's name: `120/300 · 1 min 5 s left` while it runs, `loss 0.2507` when it is done. */
export function describeRun(run: RunOverview): string {
  switch (run.status) {
    case "queued":
      return "queued";
    case "running":
      return joinParts([stepText(run), activityText(run), timeLeftText(run)]);
    case "stopping":
      return joinParts(["stopping", stepText(run)]);
    case "finished":
      return joinParts([lossText(run), run.seconds === null ? null : formatDuration(run.seconds)]);
    case "failed":
      return joinParts(["failed", run.failure?.message ?? null]);
    case "stopped":
    case "interrupted":
      return joinParts([run.status, stepText(run), lossText(run)]);
  }
}

/** For screen readers: the name, the state and the numbers in words. */
export function accessibleRunLabel(run: RunOverview): string {
  const parts = [run.name, run.status];
  if (run.status === "running") {
    if (run.progress) parts.push(phaseTexts[run.progress.phase]);
    parts.push(`step ${currentStep(run)}${run.steps === null ? "" : ` of ${run.steps}`}`);
    const left = timeLeftText(run);
    if (left) parts.push(left);
  }
  if (run.referenceLoss !== null) parts.push(`held-out loss ${formatLoss(run.referenceLoss)}`);
  if (run.failure) parts.push(run.failure.message);
  return parts.join(", ");
}

/** Markdown of the tooltip. */
export function runTooltip(run: RunOverview): string {
  const lines = [`**${escapeMarkdown(run.name)}** — ${run.status}`];
  if (run.failure) lines.push(escapeMarkdown(joinParts([run.failure.message, run.failure.advice], " ")));
  const rows: [string, string][] = [["Run", run.runId]];
  rows.push(["Step", `${currentStep(run)}${run.steps === null ? "" : ` of ${run.steps}`}`]);
  if (run.progress && run.status === "running") rows.push(["Doing", phaseTexts[run.progress.phase]]);
  if (run.referenceLoss !== null) {
    rows.push(["Held-out loss", `${formatLoss(run.referenceLoss)} nats per learned token`]);
  }
  rows.push(["Seed", String(run.seed)]);
  if (run.machine !== null) rows.push(["Backend", run.machine]);
  if (run.alerts > 0) rows.push(["Alerts", String(run.alerts)]);
  if (run.seconds !== null) rows.push(["Time", formatDuration(run.seconds)]);
  rows.push(["Started", new Date(run.created).toLocaleString()]);
  rows.push(["Folder", run.folder]);
  const table = rows.map(([key, value]) => `- ${key}: ${escapeMarkdown(value)}`).join("\n");
  return [...lines, table].join("\n\n");
}

/** Optimizer steps done: progress messages come four times a second, events once per step. */
export function currentStep(run: RunOverview): number {
  return Math.max(run.step, run.progress?.step ?? 0);
}

export function timeLeftText(run: RunOverview): string | null {
  const seconds = run.progress?.secondsLeft ?? null;
  return seconds === null || run.status !== "running" ? null : `${formatDuration(seconds)} left`;
}

export function formatLoss(loss: number): string {
  return loss.toFixed(4);
}

/** `8 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function stepText(run: RunOverview): string | null {
  const step = currentStep(run);
  return run.steps === null ? null : `${step}/${run.steps}`;
}

function activityText(run: RunOverview): string | null {
  if (!run.progress) return run.steps === null ? "starting" : null;
  const { phase, phaseShare } = run.progress;
  if (phase === "training") return null;
  return phaseShare === null ? phaseTexts[phase] : `${phaseTexts[phase]} ${Math.round(phaseShare * 100)} %`;
}

function lossText(run: RunOverview): string | null {
  return run.referenceLoss === null ? null : `loss ${formatLoss(run.referenceLoss)}`;
}

function joinParts(parts: readonly (string | null)[], separator = " · "): string {
  return parts.filter((part) => part !== null && part !== "").join(separator);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!<>|~]/g, "\\$&");
}
