/**
 * Runs that differ in nothing but their seed, taken together: one seed cannot show a small difference, and sampling alone moves
 * a final loss by several per cent. Differences to the baseline are paired by seed.
 */
import { canonicalJson } from "../contracts/canonical-json";
import { type ComparedRun, isStatic } from "./comparison";
import { finalReferenceLoss, speedUp } from "./speed-up";

export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; null for a single value. */
  readonly deviation: number | null;
  readonly count: number;
}

/** A mean with its 95 % confidence interval (Student's t); the ends are null for a single value. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number;
}

export interface SeedGroup {
  /** Of the group's first run. */
  readonly name: string;
  readonly runs: readonly string[];
  readonly seeds: readonly number[];
  readonly isStatic: boolean;
  /** Over the finished runs; null when there is none with a held-out loss. */
  readonly reference: Spread | null;
  readonly perDataset: Readonly<Record<string, Spread>>;
  /**
   * This group's reference loss minus the baseline group's, over the seeds that both have; null for the baseline itself
   * and when no seed is shared.
   */
  readonly difference: Interval | null;
  /** Speed-up factors over the seeds that reach their baseline's final loss, and how many of the paired seeds do. */
  readonly speedUp: {
    readonly factor: Interval | null;
    readonly reached: number;
    readonly of: number;
  } | null;
}

export interface SeedComparison {
  /** In the order of their first runs. */
  readonly groups: readonly SeedGroup[];
  /** The index of the baseline group: the static one with the lowest mean reference loss; null when there is none. */
  readonly baseline: number | null;
}

/** Unfinished runs are members of their groups, but in none of the numbers. */
export function compareSeeds(runs: readonly ComparedRun[]): SeedComparison {
  const groups = groupsOf(runs);
  const means = groups.map((group) => spreadOf(losses(group))?.mean ?? null);
  let baseline: number | null = null;
  groups.forEach((group, index) => {
    const mean = means[index] ?? null;
    if (!isStatic(group[0]!.plan) || mean === null) return;
    if (baseline === null || mean < means[baseline]!) baseline = index;
  });
  const strongest = baseline === null ? null : groups[baseline]!;
  return { groups: groups.map((group) => groupOf(group, group === strongest ? null : strongest)), baseline };
}

function groupsOf(runs: readonly ComparedRun[]): ComparedRun[][] {
  const groups = new Map<string, ComparedRun[]>();
  for (const run of runs) {
    const meaning = canonicalJson({ ...run.plan.config, seed: null });
    const group = groups.get(meaning);
    if (group === undefined) groups.set(meaning, [run]);
    else group.push(run);
  }
  return [...groups.values()];
}

function groupOf(group: readonly ComparedRun[], baseline: readonly ComparedRun[] | null): SeedGroup {
  const pairs = baseline === null ? [] : pairsBySeed(finished(group), finished(baseline));
  const differences = pairs.map(
    ([run, other]) => finalReferenceLoss(run.view.evaluations)! - finalReferenceLoss(other.view.evaluations)!,
  );
  const factors = pairs
    .map(([run, other]) => speedUp(run.view.evaluations, other.view.evaluations))
    .flatMap((outcome) => (outcome.kind === "reached" ? [outcome.factor] : []));
  return {
    name: group[0]!.plan.name,
    runs: group.map(({ view }) => view.id),
    seeds: group.map(({ plan }) => plan.config.seed),
    isStatic: isStatic(group[0]!.plan),
    reference: spreadOf(losses(group)),
    perDataset: spreadsPerDataset(group),
    difference: intervalOf(differences),
    speedUp:
      pairs.length === 0 ? null : { factor: intervalOf(factors), reached: factors.length, of: pairs.length },
  };
}

function finished(group: readonly ComparedRun[]): ComparedRun[] {
  return group.filter(
    ({ view }) => view.status === "finished" && finalReferenceLoss(view.evaluations) !== null,
  );
}

function losses(group: readonly ComparedRun[]): number[] {
  return finished(group).map(({ view }) => finalReferenceLoss(view.evaluations)!);
}

function spreadsPerDataset(group: readonly ComparedRun[]): Record<string, Spread> {
  const values = new Map<string, number[]>();
  for (const { view } of finished(group)) {
    for (const [dataset, { loss }] of Object.entries(view.evaluations.at(-1)!.perDataset)) {
      if (loss !== null) values.set(dataset, [...(values.get(dataset) ?? []), loss]);
    }
  }
  return Object.fromEntries([...values].map(([dataset, list]) => [dataset, spreadOf(list)!]));
}

function pairsBySeed(
  runs: readonly ComparedRun[],
  others: readonly ComparedRun[],
): [ComparedRun, ComparedRun][] {
  return runs.flatMap((run): [ComparedRun, ComparedRun][] => {
    const other = others.find(({ plan }) => plan.config.seed === run.plan.config.seed);
    return other === undefined ? [] : [[run, other]];
  });
}

/** null for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count < 2 ? null : Math.sqrt(squares / (count - 1)), count };
}

/** null for no values. */
export function intervalOf(values: readonly number[]): Interval | null {
  const spread = spreadOf(values);
  if (spread === null) return null;
  const { mean, deviation, count } = spread;
  if (deviation === null) return { mean, low: null, high: null, count };
  const half = (studentQuantile(count - 1) * deviation) / Math.sqrt(count);
  return { mean, low: mean - half, high: mean + half, count };
}

/** 97.5 % quantiles of Student's t for 1, 2, ... 10 degrees of freedom. */
const quantiles = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];

/** Beyond the table by the expansion in 1/degrees around the normal quantile (Abramowitz & Stegun 26.7.5), exact to 1e-3. */
function studentQuantile(degrees: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / (4 * degrees);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return quantiles[degrees - 1] ?? z + first + second;
}
