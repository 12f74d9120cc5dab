/** The live display of runs: what a terminal shows while they go on. Pure: views in, lines out. */
import type { Phase, ProgressParams } from "../../contracts/host-protocol";
import { type RunStatus, runStatuses } from "../../contracts/run-folder";
import type { RunView } from "../../run-view/run-view";
import { bar, track } from "./bar";
import { formatDuration, formatLoss, formatPercent } from "./numbers";
import type { Style } from "./style";
import { padEnd, padStart, textWidth, truncate } from "./text-width";

export interface ProgressRun {
  view: RunView;
  /** What the host said last; null while none has spoken. */
  progress: ProgressParams | null;
}

const NAME_WIDTH = 32;
const TRACK_WIDTH = { least: 8, most: 30 };
const BAR_WIDTH = 6;

/**
 * One line per run, and for each that is in work a second one with its current probabilities. More than `rows` lines would not
 * stay in sight: then only the runs in work are shown, and the others are counted.
 */
export function progressLines(
  runs: readonly ProgressRun[],
  { width, rows }: { width: number; rows: number },
  style: Style,
): string[] {
  const lines = runLines(runs, width, style);
  if (lines.length <= rows) return lines;
  const working = runs.filter(({ view }) => isInWork(view.status));
  const others = runs.filter(({ view }) => !isInWork(view.status));
  const inWork = working.length === 0 ? [] : runLines(working, width, style).slice(0, rows - 1);
  return [...inWork, countLine(others, style)];
}

function runLines(runs: readonly ProgressRun[], width: number, style: Style): string[] {
  const names = Math.min(NAME_WIDTH, Math.max(...runs.map(({ view }) => textWidth(view.name))));
  const counts = Math.max(...runs.map((run) => textWidth(stepText(run))));
  return runs.flatMap((run) => {
    const lines = [headLine(run, { names, counts, width }, style)];
    if (isInWork(run.view.status)) {
      const p = probabilityLine(run, width, style);
      if (p !== null) lines.push(p);
    }
    return lines;
  });
}

/** `  3 finished · 1 failed · 12 queued` */
function countLine(runs: readonly ProgressRun[], style: Style): string {
  const counts = runStatuses.flatMap((status) => {
    const count = runs.filter(({ view }) => view.status === status).length;
    return count === 0 ? [] : [paint(status, `${count} ${status}`, style)];
  });
  return `  ${counts.reverse().join(style.dim(" · "))}`;
}

interface Widths {
  names: number;
  counts: number;
  width: number;
}

function headLine(run: ProgressRun, { names, counts, width }: Widths, style: Style): string {
  const { view } = run;
  const name = padEnd(truncate(view.name, names), names);
  const steps = padStart(stepText(run), counts);
  const rest = restText(run);
  const taken = 2 + names + 2 + counts + 2 + textWidth(rest) + 2;
  const length = Math.min(TRACK_WIDTH.most, width - taken);
  const share = view.steps ? stepOf(run) / view.steps : 0;
  const line = length >= TRACK_WIDTH.least ? `${paint(view.status, track(share, length), style)}  ` : "";
  return `${mark(view.status, style)} ${style.bold(name)}  ${line}${steps}  ${rest}`.trimEnd();
}

/** `  arith ██▍    24%  copy █▎     18%`; without bars where the line is too short for them. */
function probabilityLine(run: ProgressRun, width: number, style: Style): string | null {
  const p = currentProbabilities(run);
  if (p.length === 0) return null;
  const withBars = p.map(([name, share], index) => {
    const drawn = style.dataset(index, bar(share, BAR_WIDTH));
    return `${name} ${drawn} ${padStart(formatPercent(share), 4)}`;
  });
  const line = `  ${withBars.join("  ")}`;
  if (textWidth(line) <= width) return line;
  return `  ${p.map(([name, share], index) => style.dataset(index, `${name} ${formatPercent(share)}`)).join("  ")}`;
}

/** In the plan's order: the host's latest word, else that of the last update. */
function currentProbabilities({ view, progress }: ProgressRun): [string, number][] {
  return view.datasets.map(({ name, p }) => [name, progress?.p[name] ?? p]);
}

function restText(run: ProgressRun): string {
  const { view, progress } = run;
  switch (view.status) {
    case "queued":
      return "waiting";
    case "running":
    case "stopping":
      return [lossText(run), doingText(view.status, progress)].filter((part) => part !== "").join("  ");
    case "finished":
      return `held-out ${formatLoss(view.evaluations.at(-1)?.reference.loss)}  ${formatDuration(view.seconds)}`;
    default:
      return view.status;
  }
}

function lossText({ view, progress }: ProgressRun): string {
  const loss = progress?.loss ?? view.losses.at(-1)?.loss ?? null;
  return loss === null ? "" : `loss ${formatLoss(loss)}`;
}

function doingText(status: RunStatus, progress: ProgressParams | null): string {
  if (status === "stopping") return "stopping";
  if (progress === null) return "";
  if (progress.phase !== "training") return phaseText(progress.phase, progress.phaseShare);
  return progress.secondsLeft === null ? "" : `${formatDuration(progress.secondsLeft)} left`;
}

const phaseNames: Record<Phase, string> = {
  downloading: "downloading",
  "reading-data": "reading the data",
  loading: "loading the model",
  tokenizing: "tokenizing",
  "initial-perplexity": "initial perplexities",
  training: "training",
  rewards: "rewards",
  evaluating: "evaluating",
  saving: "saving",
};

function phaseText(phase: Phase, share: number | null): string {
  return share === null ? phaseNames[phase] : `${phaseNames[phase]} ${formatPercent(share)}`;
}

function stepText(run: ProgressRun): string {
  return `${stepOf(run)}/${run.view.steps ?? "?"}`;
}

/** The socket is ahead of the file by a moment, the file survives the socket. */
function stepOf({ view, progress }: ProgressRun): number {
  return isInWork(view.status) ? Math.max(view.step, progress?.step ?? 0) : view.step;
}

function isInWork(status: RunStatus): boolean {
  return status === "running" || status === "stopping";
}

function mark(status: RunStatus, style: Style): string {
  return paint(status, marks[status], style);
}

const marks: Record<RunStatus, string> = {
  queued: "·",
  running: "▸",
  stopping: "▸",
  stopped: "■",
  interrupted: "!",
  failed: "✗",
  finished: "✓",
};

function paint(status: RunStatus, text: string, style: Style): string {
  if (status === "finished") return style.good(text);
  if (status === "failed") return style.bad(text);
  if (status === "running") return text;
  return status === "queued" ? style.dim(text) : style.warning(text);
}
