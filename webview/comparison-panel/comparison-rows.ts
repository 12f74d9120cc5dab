import type { GroupComparison, GroupResult } from "../../run-view/group-comparison";
import type { Spread } from "../../run-view/spread";
import { configValueText } from "../config-value-text";
import type { TableCell, TableRow } from "../live-table";
import { formatEpochs, formatLoss, formatSeconds, formatShare } from "../number-format";
import { spreadText } from "../spread-text";
import { differenceText, speedUpText } from "./comparison-text";

/** Header cells of the table of final losses. */
export function lossColumns({ results, datasets, baseline }: GroupComparison): string[] {
  const base = results.find(({ group }) => group.key === baseline)?.group.label;
  const against = base ? [`Difference to ${base}`, `Reaches ${base}'s final loss`] : [];
  return ["Run", ...seedColumn(results), ...datasets, "Mean", ...against, ...stepColumn(results), "Time"];
}

/** The lowest of each column is marked among the runs that stand at the comparison's step. */
export function lossRows(comparison: GroupComparison): TableRow[] {
  const { results, datasets, baseline, best } = comparison;
  const lowest = new Map(datasets.map((name) => [name, lowestOf(comparison, name)]));
  return results.map((result, palette) => {
    const seeds = seedColumn(results).map(() => ({ text: seedText(result) }));
    const losses = datasets.map((name) => ({
      text: inTwoLines(spreadText(result.perDataset[name] ?? null, formatLoss)),
      best: lowest.get(name) === result.group.key,
    }));
    const mean = {
      text: inTwoLines(spreadText(result.reference, formatLoss)),
      best: result.group.key === best,
    };
    const against = baseline
      ? [{ text: inTwoLines(differenceText(result)) }, { text: inTwoLines(speedUpText(result)) }]
      : [];
    const ends = [
      ...stepColumn(results).map(() => ({ text: stepText(result) })),
      { text: formatSeconds(result.seconds?.mean) },
    ];
    return row(result, palette, [...seeds, ...losses, mean, ...against, ...ends]);
  });
}

export function mixtureRows({ results, datasets }: GroupComparison): TableRow[] {
  return results.map((result, palette) =>
    row(
      result,
      palette,
      datasets.map((name, index) => shareCell(result.mixture[name] ?? null, index)),
    ),
  );
}

export function epochRows({ results, datasets }: GroupComparison): TableRow[] {
  const all = results.flatMap((result) => datasets.map((name) => result.epochs[name]?.mean ?? 0));
  const most = Math.max(1, ...all);
  return results.map((result, palette) =>
    row(
      result,
      palette,
      datasets.map((name, index) => {
        const epochs = result.epochs[name] ?? null;
        const bar = { share: (epochs?.mean ?? 0) / most, palette: index };
        return { text: spreadText(epochs, formatEpochs), bar };
      }),
    ),
  );
}

/** Addresses at which the plans differ; the seed is not among them. */
export function differenceRows({ results, differences }: GroupComparison): TableRow[] {
  return differences.map(({ address, values }) => ({
    key: address,
    name: address,
    palette: null,
    cells: results.map(({ group }) => ({ text: valueText(values[group.key]), words: true })),
  }));
}

function row(result: GroupResult, palette: number, cells: readonly TableCell[]): TableRow {
  return { key: result.group.key, name: result.group.label, palette, status: result.status, cells };
}

function seedColumn(results: readonly GroupResult[]): string[] {
  return results.some(({ group }) => group.runs.length > 1) ? ["Seeds"] : [];
}

/** What stands behind a number (deviation, interval, mean over seeds) under it: columns stay narrow. */
function inTwoLines(text: string): string {
  return text.replace(/ (?=± |\()|(?<=seeds,) /, "\n");
}

/** The summary names the step that all share. */
function stepColumn(results: readonly GroupResult[]): string[] {
  return new Set(results.map(({ step }) => step)).size > 1 ? ["Step"] : [];
}

function lowestOf({ results, step }: GroupComparison, name: string): string | null {
  const known = results.filter((result) => result.step === step && result.perDataset[name]);
  if (known.length < 2) return null;
  return known.reduce((least, one) =>
    one.perDataset[name]!.mean < least.perDataset[name]!.mean ? one : least,
  ).group.key;
}

function shareCell(share: Spread | null, palette: number): TableCell {
  const points = share?.deviation ? ` ± ${(100 * share.deviation).toFixed(1)}` : "";
  return { text: `${formatShare(share?.mean)}${points}`, bar: { share: share?.mean ?? 0, palette } };
}

/** How many seeds the numbers are of, and of how many. */
function seedText({ group, counted }: GroupResult): string {
  const all = group.runs.length;
  return counted.length === all ? String(all) : `${counted.length} of ${all}`;
}

function stepText({ step }: GroupResult): string {
  return step === null ? "–" : String(step);
}

function valueText(value: unknown): string {
  return value === undefined ? "–" : configValueText(value);
}
