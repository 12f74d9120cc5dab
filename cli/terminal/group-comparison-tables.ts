/** Runs side by side, several seeds of some. Pure. */
import type { GroupComparison, GroupResult } from "../../run-view/group-comparison";
import type { Spread } from "../../run-view/spread";
import { configDifferenceTable } from "./config-difference-table";
import { formatDifference, formatDuration, formatLoss, formatPercent, UNKNOWN } from "./numbers";
import { left, right, type TitledTable } from "./titled-table";

export function groupComparisonTables(comparison: GroupComparison): TitledTable[] {
  const tables = [losses(comparison), againstBaseline(comparison), mixtures(comparison)];
  if (comparison.differences.length === 0) return tables;
  const runs = comparison.results.map(({ group }) => ({ id: group.key, label: group.name }));
  return [...tables, configDifferenceTable(comparison.differences, runs)];
}

function losses({ results, datasets }: GroupComparison): TitledTable {
  const allFinished = results.every(({ status }) => status === "finished");
  const areLevel = new Set(results.map(({ step }) => step)).size === 1;
  const areWhole = results.every(({ group, counted }) => counted.length === group.runs.length);
  return {
    title: "held-out loss",
    columns: [
      ...(allFinished ? [] : [left("status")]),
      ...(areLevel ? [] : [right("step")]),
      right("seeds"),
      right("mean"),
      ...datasets.map(right),
    ],
    rows: results.map((result) => [
      result.group.name,
      ...(allFinished ? [] : [result.status]),
      ...(areLevel ? [] : [result.step === null ? UNKNOWN : String(result.step)]),
      seedText(result),
      lossText(result.reference),
      ...datasets.map((name) => lossText(result.perDataset[name])),
    ]),
    note: [
      "Nats per learned token at the last evaluation, mean ± standard deviation over the seeds; mean: the plain mean over the datasets.",
      areWhole ? "" : "All numbers are over the seeds that have come as far as any of their row.",
    ]
      .filter(Boolean)
      .join(" "),
  };
}

/** Difference and speed-up where there is a baseline, and in any case what it took. */
function againstBaseline({ results, baseline }: GroupComparison): TitledTable {
  const base = results.find(({ group }) => group.key === baseline)?.group.name;
  const time = "time (of it rewards)";
  return {
    title: base === undefined ? "training" : `against ${base}`,
    columns: [
      ...(base === undefined ? [] : [right("difference (95 % interval)"), right("speed-up")]),
      right(time),
    ],
    rows: results.map((result) => [
      result.group.name,
      ...(base === undefined ? [] : [differenceText(result), speedUpText(result)]),
      timeText(result),
    ]),
    note:
      base === undefined
        ? ""
        : `Difference: the mean loss minus that of ${base}, paired by seed. Speed-up: steps of ${base} to its own final mean, over the run's steps to the same loss; the mean of the seeds that get there, and how many do.`,
  };
}

function mixtures({ results, datasets }: GroupComparison): TitledTable {
  return {
    title: "final mixture (drawn)",
    columns: datasets.map(right),
    rows: results.map(({ group, mixture, drawnShare }) => [
      group.name,
      ...datasets.map((name) => shareText(mixture[name] ?? null, drawnShare[name] ?? null)),
    ]),
    note: "Probability at the end, and in parentheses the share of all examples that were drawn; means over the seeds.",
  };
}

function seedText({ group, counted }: GroupResult): string {
  const all = group.runs.length;
  return counted.length === all ? String(all) : `${counted.length} of ${all}`;
}

function lossText(spread: Spread | null | undefined): string {
  if (!spread || spread.deviation === null) return formatLoss(spread?.mean);
  return `${formatLoss(spread.mean)} ± ${formatLoss(spread.deviation)}`;
}

function differenceText({ isBaseline, difference, counted }: GroupResult): string {
  if (isBaseline) return "baseline";
  if (difference === null) return UNKNOWN;
  const { mean, low, high, count } = difference;
  if (count === 0) return `${formatDifference(mean)} (no seed in common)`;
  if (low === null || high === null) return `${formatDifference(mean)} (1 seed)`;
  const seeds = count === counted.length ? "" : `, ${count} seeds`;
  return `${formatDifference(mean)} (${formatDifference(low)} to ${formatDifference(high)}${seeds})`;
}

function speedUpText({ isBaseline, speedUp }: GroupResult): string {
  if (isBaseline) return "baseline";
  if (speedUp === null) return UNKNOWN;
  const { factor, reached, of } = speedUp;
  return factor === null ? `not reached, 0 of ${of}` : `${factor.mean.toFixed(2)}x, ${reached} of ${of}`;
}

function timeText({ seconds, overheadSeconds }: GroupResult): string {
  if (seconds === null) return UNKNOWN;
  return `${formatDuration(seconds.mean)} (${formatDuration(overheadSeconds?.mean ?? 0)})`;
}

function shareText(share: Spread | null, drawn: Spread | null): string {
  if (share === null) return UNKNOWN;
  return `${formatPercent(share.mean)} (${formatPercent(drawn?.mean ?? 0)})`;
}
