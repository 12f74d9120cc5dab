import type { GroupComparison, GroupResult } from "../../run-view/group-comparison";
import type { SpeedUp } from "../../run-view/speed-up";
import { formatDifference, formatList, formatLoss } from "../number-format";
import { isLive } from "../panel-runs";
import { intervalText, spreadText } from "../spread-text";

/** What the comparison shows, in plain words, and what it cannot show. */
export function comparisonSentences(comparison: GroupComparison): string[] {
  const { results, best, step } = comparison;
  const behind = results.filter((result) => result.step !== null && result.step !== step);
  return [
    unfinishedSentence(results),
    best === null ? null : bestSentence(comparison),
    behind.length === 0 ? null : behindSentence(behind),
    partialSentence(results),
    seedSentence(results),
  ].filter((sentence) => sentence !== null);
}

function unfinishedSentence(results: readonly GroupResult[]): string | null {
  const finished = results.filter(({ status }) => status === "finished").length;
  return finished === results.length ? null : `${finished} of ${results.length} have finished.`;
}

function bestSentence({ results, baseline, best, step }: GroupComparison): string {
  const winner = results.find(({ group }) => group.key === best)!;
  const base = results.find(({ group }) => group.key === baseline) ?? null;
  const lowest = `At step ${step}, ${winner.group.label} has the lowest mean held-out loss, ${loss(winner)}`;
  if (!base?.reference || base.step !== step) return `${lowest}.`;
  const name = `the ${base.group.isStatic ? "static " : ""}baseline ${base.group.label}`;
  if (winner !== base) return `${lowest}; ${name} has ${loss(base)}.`;
  const next = results
    .filter((one) => one !== base && one.step === step && one.reference !== null)
    .reduce((least, one) => (one.reference!.mean < least.reference!.mean ? one : least));
  return `At step ${step}, no run is below ${name}, ${loss(base)}; the nearest is ${next.group.label} with ${loss(next)}.`;
}

function behindSentence(behind: readonly GroupResult[]): string {
  const where = behind.map(({ group, step }) => `${group.label} (step ${step})`);
  return `Not compared, because last evaluated at another step: ${formatList(where)}.`;
}

function partialSentence(results: readonly GroupResult[]): string | null {
  const partial = results.filter(({ group, counted }) => counted.length < group.runs.length);
  if (partial.length === 0) return null;
  const where = partial.map(
    ({ group, counted, step }) =>
      `${group.label} (${counted.length} of ${group.runs.length} seeds at step ${step})`,
  );
  return `Numbers are over the seeds that have come as far as any of their group: ${formatList(where)}.`;
}

function seedSentence(results: readonly GroupResult[]): string {
  if (results.every(({ group }) => group.runs.length === 1)) {
    return "There is one seed of each: a small difference can be chance, and only several seeds can tell.";
  }
  return "Losses are means ± standard deviations over seeds; differences are paired by seed, with their 95 % interval.";
}

/** How soon the runs of a group reach the baseline's final loss. */
export function speedUpText({ group, isBaseline, speedUps, speedUp, status }: GroupResult): string {
  if (isBaseline) return "baseline";
  if (group.runs.length === 1) return oneSpeedUp(speedUps[0]!, isLive(status));
  if (speedUp === null) return "–";
  if (speedUp.factor === null) return "not reached";
  return `${speedUp.reached} of ${speedUp.of} seeds, on average ${factorText(speedUp.factor.mean)}`;
}

function oneSpeedUp(speedUp: SpeedUp, live: boolean): string {
  switch (speedUp.kind) {
    case "reached":
      return `at step ${Math.round(speedUp.steps)} of ${Math.round(speedUp.baselineSteps)}: ${factorText(speedUp.factor)}`;
    case "not-reached":
      return live ? "not yet" : "not reached";
    case "baseline":
      return "baseline";
    case "unknown":
      return live ? "–" : speedUp.reason;
  }
}

export function differenceText(result: GroupResult): string {
  if (result.isBaseline) return "baseline";
  return intervalText(result.difference, (value) => formatDifference(value));
}

function factorText(factor: number): string {
  return `${factor.toFixed(2)}×`;
}

function loss({ reference }: GroupResult): string {
  return spreadText(reference, formatLoss);
}
