import type { RunStatus } from "../../contracts/run-folder";
import { compareRuns, type RunComparison, type RunRow } from "../../run-view/comparison";
import { type MeanAndDeviation, meanAndDeviation } from "../mean-and-deviation";
import type { RunGroup } from "../run-groups";

export interface GroupResult {
  group: RunGroup;
  isBaseline: boolean;
  /** Of the group's runs, the least finished one. */
  status: RunStatus;
  seeds: number;
  /** Nats per learned token, by dataset, and their mean over the datasets. */
  perDataset: Readonly<Record<string, MeanAndDeviation | null>>;
  reference: MeanAndDeviation | null;
  /** Step of the evaluation; null when there is none or the runs have different ones. */
  step: number | null;
  /** Reference loss minus the baseline's, paired by seed where every seed has its partner. */
  difference: MeanAndDeviation | null;
  speedUps: readonly RunRow["speedUp"][];
  mixture: Readonly<Record<string, MeanAndDeviation | null>>;
  epochs: Readonly<Record<string, MeanAndDeviation | null>>;
  seconds: MeanAndDeviation | null;
}

export interface GroupComparison {
  results: readonly GroupResult[];
  /** Key of the group that differences and speed-ups are against; null: there is no static run to compare with. */
  baseline: string | null;
  /** The last step that a group was evaluated at: only the groups that stand there are compared. null: no evaluation yet. */
  step: number | null;
  /** Key of the group with the lowest mean reference loss at that step; null when fewer than two stand there. */
  best: string | null;
  differences: RunComparison["differences"];
}

/** `baseline`: key of the group that the reader chose; null: the one of the strongest static run. */
export function compareGroups(
  groups: readonly RunGroup[],
  datasets: readonly string[],
  baseline: string | null,
): GroupComparison {
  const runs = groups.flatMap((group) => group.runs);
  const automatic = compareRuns(runs);
  const baselineGroup =
    groups.find(({ key }) => key === baseline) ??
    groups.find((group) => group.runs.some(({ view }) => view.id === automatic.baseline)) ??
    null;
  const rows = rowsAgainst(groups, baselineGroup);
  const results = groups.map((group) => resultOf(group, baselineGroup, datasets, rows));
  const step = results.reduce<number | null>((last, result) => largest(last, result.step), null);
  return {
    results,
    baseline: baselineGroup?.key ?? null,
    step,
    best: bestOf(results.filter((result) => result.step === step)),
    differences: compareRuns(groups.map((group) => group.runs[0]!)).differences.filter(
      ({ address }) => address !== "seed",
    ),
  };
}

/** Each run against the baseline's run with the same seed, or its first where there is none. */
function rowsAgainst(groups: readonly RunGroup[], baseline: RunGroup | null): Map<string, RunRow> {
  const runs = groups.flatMap((group) => group.runs);
  if (baseline === null) return new Map(compareRuns(runs).rows.map((row) => [row.id, row]));
  const rows = new Map<string, RunRow>();
  for (const partner of baseline.runs) {
    for (const row of compareRuns(runs, partner.view.id).rows) {
      const isPartner = row.seed === partner.view.seed;
      if (isPartner || !rows.has(row.id)) rows.set(row.id, row);
    }
  }
  return rows;
}

function resultOf(
  group: RunGroup,
  baseline: RunGroup | null,
  datasets: readonly string[],
  rows: ReadonlyMap<string, RunRow>,
): GroupResult {
  const own = group.runs.map(({ view }) => rows.get(view.id)!);
  const byDataset = (value: (row: RunRow, name: string) => number | null | undefined) =>
    Object.fromEntries(datasets.map((name) => [name, meanAndDeviation(own.map((row) => value(row, name)))]));
  const steps = new Set(own.map((row) => row.final?.step ?? null));
  return {
    group,
    isBaseline: group.key === baseline?.key,
    status: leastFinished(own.map(({ status }) => status)),
    seeds: own.length,
    perDataset: byDataset((row, name) => row.final?.perDataset[name]),
    reference: meanAndDeviation(own.map((row) => row.final?.reference)),
    step: steps.size === 1 ? [...steps][0]! : null,
    difference: differenceTo(own, baseline, rows),
    speedUps: own.map(({ speedUp }) => speedUp),
    mixture: byDataset((row, name) => row.mixture[name]),
    epochs: byDataset((row, name) => row.epochs[name]),
    seconds: meanAndDeviation(own.map(({ seconds }) => seconds)),
  };
}

function differenceTo(
  own: readonly RunRow[],
  baseline: RunGroup | null,
  rows: ReadonlyMap<string, RunRow>,
): MeanAndDeviation | null {
  if (baseline === null) return null;
  const partners = baseline.runs.map(({ view }) => rows.get(view.id)!);
  const paired = own.map((row) => {
    const partner = partners.find(({ seed }) => seed === row.seed);
    return partner ? minus(row.final?.reference, partner.final?.reference) : null;
  });
  if (paired.every((value) => value !== null)) return meanAndDeviation(paired);
  const means = [own, partners].map(
    (list) => meanAndDeviation(list.map((row) => row.final?.reference))?.mean,
  );
  const difference = minus(means[0], means[1]);
  return difference === null ? null : { mean: difference, deviation: null, count: 1 };
}

function minus(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a === "number" && typeof b === "number" ? a - b : null;
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}

function bestOf(results: readonly GroupResult[]): string | null {
  const known = results.filter(({ reference }) => reference !== null);
  if (known.length < 2) return null;
  return known.reduce((best, one) => (one.reference!.mean < best.reference!.mean ? one : best)).group.key;
}

const order: readonly RunStatus[] = [
  "running",
  "stopping",
  "queued",
  "failed",
  "interrupted",
  "stopped",
  "finished",
];

function leastFinished(statuses: readonly RunStatus[]): RunStatus {
  return [...statuses].sort((a, b) => order.indexOf(a) - order.indexOf(b))[0]!;
}
