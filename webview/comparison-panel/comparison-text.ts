import type { SpeedUp } from "../../run-view/speed-up";
import { meanText } from "../mean-and-deviation";
import { formatDifference, formatList, formatLoss } from "../number-format";
import type { GroupComparison, GroupResult } from "./group-results";

/** What the comparison shows, in plain words, and what it cannot show. */
export function comparisonSentences({ results, baseline, best, step }: GroupComparison): string[] {
  const sentences = [];
  const ended = results.filter(({ status }) => status === "finished").length;
  if (ended < results.length) sentences.push(`${ended} of ${results.length} have finished.`);
  const base = results.find(({ group }) => group.key === baseline) ?? null;
  const winner = results.find(({ group }) => group.key === best) ?? null;
  if (winner) sentences.push(winnerSentence(winner, base, results, step));
  const behind = results.filter((result) => result.step !== null && result.step !== step);
  if (behind.length > 0) sentences.push(behindSentence(behind));
  sentences.push(seedSentence(results));
  return sentences;
}

function winnerSentence(
  winner: GroupResult,
  base: GroupResult | null,
  results: readonly GroupResult[],
  step: number | null,
): string {
  const lowest = `At step ${step}, ${winner.group.label} has the lowest mean held-out loss, ${losses(winner)}`;
  if (!base?.reference || base.step !== step) return `${lowest}.`;
  const baseline = `the ${base.group.isStatic ? "static " : ""}baseline ${base.group.label}`;
  if (winner !== base) return `${lowest}; ${baseline} has ${losses(base)}.`;
  const next = results
    .filter((one) => one !== base && one.step === step && one.reference !== null)
    .reduce((least, one) => (one.reference!.mean < least.reference!.mean ? one : least));
  return `At step ${step}, no run is below ${baseline}, ${losses(base)}; the nearest is ${next.group.label} with ${losses(next)}.`;
}

function behindSentence(behind: readonly GroupResult[]): string {
  const where = behind.map(({ group, step }) => `${group.label} (step ${step})`);
  return `Not compared, because last evaluated at another step: ${formatList(where)}.`;
}

function seedSentence(results: readonly GroupResult[]): string {
  const most = Math.max(...results.map(({ seeds }) => seeds));
  if (most === 1) {
    return "There is one seed of each: small differences can be chance, and only several seeds can tell.";
  }
  return "Several seeds: mean ± standard deviation over them; differences to the baseline are paired by seed.";
}

/** How soon the runs of a group reach the baseline's final loss. */
export function speedUpText(speedUps: readonly SpeedUp[]): string {
  if (speedUps.length === 1) return oneSpeedUp(speedUps[0]!);
  if (speedUps.every(({ kind }) => kind === "baseline")) return "baseline";
  const reached = speedUps.filter((one) => one.kind === "reached");
  if (reached.length === 0) return speedUps.some(({ kind }) => kind === "not-reached") ? "not reached" : "–";
  const mean = reached.reduce((sum, { factor }) => sum + factor, 0) / reached.length;
  return `${reached.length} of ${speedUps.length} seeds, those ${factorText(mean)}`;
}

function oneSpeedUp(speedUp: SpeedUp): string {
  switch (speedUp.kind) {
    case "reached":
      return `at step ${Math.round(speedUp.steps)} of ${Math.round(speedUp.baselineSteps)}: ${factorText(speedUp.factor)}`;
    case "not-reached":
      return "not reached";
    case "baseline":
      return "baseline";
    case "unknown":
      return `– (${speedUp.reason})`;
  }
}

export function differenceText(result: GroupResult): string {
  if (result.isBaseline) return "baseline";
  return meanText(result.difference, (value) => formatDifference(value));
}

function factorText(factor: number): string {
  return `${factor.toFixed(2)}×`;
}

function losses({ reference }: GroupResult): string {
  return meanText(reference, formatLoss);
}
