/**
 * Groups of seeds side by side: one seed cannot show a small difference, and sampling alone moves a final loss by several per
 * cent. Differences and speed-ups are paired by seed: each run against the baseline's run with the same seed.
 */
import type { RunStatus } from "../contracts/run-folder";
import {
  type ComparedRun,
  type ConfigDifference,
  configDifferences,
  haveSameHeldOut,
  type RunRow,
  runRow,
  speedUpAgainst,
} from "./comparison";
import type { RunGroup } from "./run-groups";
import { finalReferenceLoss, type SpeedUp } from "./speed-up";
import { type Interval, intervalOf, type Spread, spreadOfKnown } from "./spread";

type Spreads = Readonly<Record<string, Spread | null>>;

export interface GroupResult {
  readonly group: RunGroup;
  readonly isBaseline: boolean;
  /** Of the group's runs, the least finished one. */
  readonly status: RunStatus;
  /** Of the last evaluation that any of the runs has; null before the first. */
  readonly step: number | null;
  /**
   * The runs that stand at that step: the numbers below are over these alone, because losses at different steps say nothing
   * about each other. All runs before the first evaluation.
   */
  readonly counted: readonly ComparedRun[];
  /** Nats per learned token, by dataset, and their mean over the datasets. */
  readonly perDataset: Spreads;
  readonly reference: Spread | null;
  /**
   * Reference loss minus the baseline's, over the seeds that both have; of the means, with a count of 0 and no interval, when
   * they share no seed. null for the baseline itself, and where the steps or the held-out examples are not the same.
   */
  readonly difference: Interval | null;
  /** Of the seeds that the baseline has, too, or of all against its first run when they share no seed. */
  readonly speedUps: readonly SpeedUp[];
  /** The same as numbers; null for the baseline itself, and where no speed-up can be told. */
  readonly speedUp: GroupSpeedUp | null;
  /** Probabilities at the end, and the shares of all examples drawn. */
  readonly mixture: Spreads;
  readonly drawnShare: Spreads;
  readonly epochs: Spreads;
  readonly seconds: Spread | null;
  /** The part of `seconds` that went into rewards and updates of the scorer. */
  readonly overheadSeconds: Spread | null;
}

export interface GroupSpeedUp {
  /** Over the seeds that reach their baseline's final loss; null when none does. */
  readonly factor: Spread | null;
  readonly reached: number;
  readonly of: number;
}

export interface GroupComparison {
  readonly results: readonly GroupResult[];
  /** Of all plans, in the order they are first met: the colours' order. */
  readonly datasets: readonly string[];
  /** Key of the group that differences and speed-ups are against; null: there is no static run to compare with. */
  readonly baseline: string | null;
  /** The last step that a group was evaluated at: only the groups that stand there are compared. null: no evaluation yet. */
  readonly step: number | null;
  /** Key of the group with the lowest mean reference loss at that step; null when fewer than two stand there. */
  readonly best: string | null;
  /** Of the groups' first runs, whose ids are the groups' keys; the seed is not among them. */
  readonly differences: readonly ConfigDifference[];
}

/** `baseline`: key of the group that was chosen; null: the strongest static one. */
export function compareGroups(groups: readonly RunGroup[], baseline: string | null): GroupComparison {
  const datasets = datasetNames(groups);
  const baselineGroup = groups.find(({ key }) => key === baseline) ?? strongestStatic(groups);
  const results = groups.map((group) => resultOf(group, baselineGroup, datasets));
  const step = results.reduce<number | null>((last, result) => later(last, result.step), null);
  return {
    results,
    datasets,
    baseline: baselineGroup?.key ?? null,
    step,
    best: bestOf(results.filter((result) => result.step === step)),
    differences: configDifferences(groups.map(({ runs }) => runs[0]!)).filter(
      ({ address }) => address !== "seed",
    ),
  };
}

function datasetNames(groups: readonly RunGroup[]): string[] {
  const names = groups.flatMap(({ runs }) =>
    runs.flatMap(({ plan }) => plan.config.data.map(({ name }) => name)),
  );
  return [...new Set(names)];
}

/** By the mean over its finished runs: the best single run of many seeds would be a lucky one. */
function strongestStatic(groups: readonly RunGroup[]): RunGroup | null {
  let strongest: RunGroup | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const group of groups.filter(({ isStatic }) => isStatic)) {
    const finished = group.runs.filter(({ view }) => view.status === "finished");
    const losses = spreadOfKnown(finished.map(({ view }) => finalReferenceLoss(view.evaluations)));
    if (losses === null || losses.mean >= least) continue;
    strongest = group;
    least = losses.mean;
  }
  return strongest;
}

function resultOf(group: RunGroup, baseline: RunGroup | null, datasets: readonly string[]): GroupResult {
  const step = lastStep(group);
  const counted = group.runs.filter((run) => stepOf(run) === step);
  const partners = baseline?.runs.filter((run) => stepOf(run) === lastStep(baseline)) ?? [];
  const isBaseline = group.key === baseline?.key;
  const isLevel = baseline !== null && step !== null && step === lastStep(baseline);
  const rows = counted.map((run) => runRow(run, null));
  const speedUps = speedUpsOf(counted, partners);
  const byDataset = (value: (row: RunRow, name: string) => number | null | undefined): Spreads =>
    Object.fromEntries(datasets.map((name) => [name, spreadOfKnown(rows.map((row) => value(row, name)))]));
  return {
    group,
    isBaseline,
    status: leastFinished(group.runs.map(({ view }) => view.status)),
    step,
    counted,
    perDataset: byDataset((row, name) => row.final?.perDataset[name]),
    reference: meanLoss(counted),
    difference: isLevel && !isBaseline ? differenceOf(counted, partners) : null,
    speedUps,
    speedUp: groupSpeedUp(speedUps),
    mixture: byDataset((row, name) => row.mixture[name]),
    drawnShare: byDataset((row, name) => row.drawnShare[name]),
    epochs: byDataset((row, name) => row.epochs[name]),
    seconds: spreadOfKnown(rows.map(({ seconds }) => seconds)),
    overheadSeconds: spreadOfKnown(rows.map(({ overheadSeconds }) => overheadSeconds)),
  };
}

function lastStep({ runs }: RunGroup): number | null {
  return runs.reduce<number | null>((last, run) => later(last, stepOf(run)), null);
}

/** Of the last evaluation; null before the first. */
function stepOf({ view }: ComparedRun): number | null {
  return view.evaluations.at(-1)?.step ?? null;
}

function later(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}

function meanLoss(runs: readonly ComparedRun[]): Spread | null {
  return spreadOfKnown(runs.map(({ view }) => finalReferenceLoss(view.evaluations)));
}

function differenceOf(runs: readonly ComparedRun[], partners: readonly ComparedRun[]): Interval | null {
  const pairs = pairsBySeed(runs, partners);
  const differences = pairs.flatMap(([run, partner]) => {
    const loss = finalReferenceLoss(run.view.evaluations);
    const other = finalReferenceLoss(partner.view.evaluations);
    return loss === null || other === null || !haveSameHeldOut(run.view, partner.view) ? [] : [loss - other];
  });
  return pairs.length > 0 ? intervalOf(differences) : differenceOfMeans(runs, partners);
}

function differenceOfMeans(runs: readonly ComparedRun[], others: readonly ComparedRun[]): Interval | null {
  const [first, ...rest] = [...runs, ...others];
  if (rest.some(({ view }) => !haveSameHeldOut(view, first!.view))) return null;
  const [mean, other] = [meanLoss(runs), meanLoss(others)];
  return mean && other && { mean: mean.mean - other.mean, low: null, high: null, count: 0 };
}

function speedUpsOf(runs: readonly ComparedRun[], partners: readonly ComparedRun[]): SpeedUp[] {
  const pairs = pairsBySeed(runs, partners);
  if (pairs.length > 0) return pairs.map(([run, partner]) => speedUpAgainst(run.view, partner.view));
  return runs.map((run) => speedUpAgainst(run.view, partners[0]?.view ?? null));
}

function pairsBySeed(
  runs: readonly ComparedRun[],
  partners: readonly ComparedRun[],
): [ComparedRun, ComparedRun][] {
  return runs.flatMap((run): [ComparedRun, ComparedRun][] => {
    const partner = partners.find(({ view }) => view.seed === run.view.seed);
    return partner === undefined ? [] : [[run, partner]];
  });
}

function groupSpeedUp(speedUps: readonly SpeedUp[]): GroupSpeedUp | null {
  const told = speedUps.filter(({ kind }) => kind === "reached" || kind === "not-reached");
  if (told.length === 0) return null;
  const factors = told.flatMap((one) => (one.kind === "reached" ? [one.factor] : []));
  return { factor: spreadOfKnown(factors), reached: factors.length, of: told.length };
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
