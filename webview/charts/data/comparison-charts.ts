import type { RunGroup } from "../../../run-view/run-groups";
import { spreadOfKnown } from "../../../run-view/spread";
import type { Band, Point } from "./decimation";
import type { LineChartData, LineSeries } from "./line-chart-data";
import { referencePath } from "./loss-charts";
import { probabilityPath } from "./mixture-chart";

/** Mean held-out loss of every group over steps; with several seeds their mean and a band of one standard deviation. */
export function referenceLossChart(groups: readonly RunGroup[], logarithmic: boolean): LineChartData {
  const series = groups.map((group, index): LineSeries => {
    const { points, band } = meanPath(group.runs.map(({ view }) => referencePath(view)));
    return {
      key: group.key,
      label: group.label,
      group: group.key,
      palette: index,
      points,
      band,
      faint: false,
    };
  });
  return {
    series,
    levels: [],
    valueKind: "loss",
    stacked: false,
    logarithmic,
    steps: longest(groups),
    maximum: null,
  };
}

/** One chart of probabilities per group, all with the same axes so that they can be compared by eye. */
export function mixturePathCharts(groups: readonly RunGroup[], datasets: readonly string[]): LineChartData[] {
  const paths = groups.map((group) =>
    datasets.map((name) => meanPath(group.runs.map(({ view }) => probabilityPath(view, name)))),
  );
  const most = paths
    .flat()
    .reduce((most, { points }) => points.reduce((m, { y }) => Math.max(m, y ?? 0), most), 0);
  // A multiple of 20 %, as the ticks are.
  const maximum = Math.min(1, Math.ceil(most * 5 + 0.001) / 5);
  const steps = longest(groups);
  return paths.map((ofGroup) => ({
    series: ofGroup.map(({ points, band }, index) => ({
      key: datasets[index]!,
      label: datasets[index]!,
      group: datasets[index]!,
      palette: index,
      points,
      band,
      faint: false,
    })),
    levels: [],
    valueKind: "share",
    stacked: false,
    logarithmic: false,
    steps,
    maximum,
  }));
}

/** Mean over the paths at each step that all of them have; a single path stays as it is. */
function meanPath(paths: readonly Point[][]): { points: Point[]; band: Band | null } {
  const [first, ...rest] = paths;
  if (!first || rest.length === 0) return { points: first ?? [], band: null };
  const others = rest.map((path) => new Map(path.map(({ x, y }) => [x, y])));
  const common = first.flatMap(({ x, y }) => {
    const values = [y, ...others.map((path) => path.get(x) ?? null)];
    return values.every((value) => value !== null) ? [{ x, spread: spreadOfKnown(values)! }] : [];
  });
  const side = (sign: number) =>
    common.map(({ x, spread }) => ({ x, y: spread.mean + sign * (spread.deviation ?? 0) }));
  return { points: side(0), band: { lower: side(-1), upper: side(1) } };
}

function longest(groups: readonly RunGroup[]): number | null {
  const steps = groups.flatMap((group) => group.runs.map(({ view }) => view.steps ?? 0));
  return Math.max(0, ...steps) || null;
}
