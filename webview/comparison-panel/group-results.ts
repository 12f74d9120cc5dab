import type { RunStatus } from "../../contracts/run-folder";
import { compareRuns, type RunComparison, type RunRow } from "../../run-view/comparison";
import { type Interval, intervalOf, type Spread } from "../../run-view/seed-groups";
import type { RunGroup } from "../run-groups";
import { spreadOfKnown } from "../spread-text";

export interface GroupResult {
  group: RunGroup;
  isBaseline: boolean;
  /** Of the group's runs, the least finished one. */
  status: RunStatus;
  seeds: number;
  /** Nats per learned token, by dataset, and their mean over the datasets. */
  perDataset: Readonly<Record<string, Spread | null>>;
  reference: Spread | null;
  /** Step of the evaluation; null when there is none or the runs have different ones. */
  step: number | null;
  /**
   * Reference loss minus the baseline's at the same step: paired by seed, or of the means when a seed has no partner.
   * null when the steps differ: losses at different steps say nothing about each other.
   */
  difference: Interval | null;
  speedUps: readonly RunRow["speedUp"][];
  mixture: Readonly<Record<string, Spread | null>>;
  epochs: Readonly<Record<string, Spread | null>>;
  seconds: Spread | null;
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
  const baselineGroup = groups.find(({ key }) => key === baseline) ?? strongest(groups);
  const rows = rowsAgainst(groups, baselineGroup);
  const results = groups.map((group) => resultOf(group, baselineGroup, datasets, rows));
  const step = results.reduce<number | null>((last, result) => largest(last, result.step), null);
  const firsts = groups.map((group) => group.runs[0]!);
  return {
    results,
    baseline: baselineGroup?.key ?? null,
    step,
    best: bestOf(results.filter((result) => result.step === step)),
    differences: compareRuns(firsts).differences.filter(({ address }) => address !== "seed"),
  };
}

/** The group of the static run with the lowest final reference loss. */
function strongest(groups: readonly RunGroup[]): RunGroup | null {
  const { baseline } = compareRuns(groups.flatMap((group) => group.runs));
  return groups.find((group) => group.runs.some(({ view }) => view.id === baseline)) ?? null;
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
    Object.fromEntries(datasets.map((name) => [name, spreadOfKnown(own.map((row) => value(row, name)))]));
  return {
    group,
    isBaseline: group.key === baseline?.key,
    status: leastFinished(own.map(({ status }) => status)),
    seeds: own.length,
    perDataset: byDataset((row, name) => row.final?.perDataset[name]),
    reference: spreadOfKnown(own.map((row) => row.final?.reference)),
    step: commonStep(own),
    difference:
      baseline &&
      differenceTo(
        own,
        baseline.runs.map(({ view }) => rows.get(view.id)!),
      ),
    speedUps: own.map(({ speedUp }) => speedUp),
    mixture: byDataset((row, name) => row.mixture[name]),
    epochs: byDataset((row, name) => row.epochs[name]),
    seconds: spreadOfKnown(own.map(({ seconds }) => seconds)),
  };
}

function differenceTo(own: readonly RunRow[], partners: readonly RunRow[]): Interval | null {
  const step = commonStep(own);
  if (step === null || step !== commonStep(partners)) return null;
  const paired = own.flatMap((row) => {
    const partner = partners.find(({ seed }) => seed === row.seed);
    const difference = minus(row.final?.reference, partner?.final?.reference);
    return difference === null ? [] : [difference];
  });
  if (paired.length === own.length) return intervalOf(paired);
  const [mean, other] = [own, partners].map((rows) => spreadOfKnown(rows.map((row) => row.final?.reference)));
  const difference = minus(mean?.mean, other?.mean);
  return difference === null ? null : intervalOf([difference]);
}

function commonStep(rows: readonly RunRow[]): number | null {
  const steps = new Set(rows.map((row) => row.final?.step ?? null));
  return steps.size === 1 ? [...steps][0]! : null;
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
