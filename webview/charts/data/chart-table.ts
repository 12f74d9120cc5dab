import type { LineChartData } from "./line-chart-data";
import { formatValue } from "./value-format";

/** The numbers of a chart as text, for readers who do not see the chart or want the digits. */
export interface ChartTable {
  columns: string[];
  /** Step, then one cell per column. */
  rows: string[][];
  /** Steps that are in the chart but not here; 0 when all are. */
  leftOut: number;
}

/** Rows ascend by step; when there are more than `maximumRows` (>= 2), evenly spread ones with the first and the last. */
export function chartTable(data: LineChartData, maximumRows: number): ChartTable {
  const series = data.series.filter((one) => !one.faint);
  const steps = [...new Set(series.flatMap((one) => one.points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  const shown = evenly(steps, maximumRows);
  const columns = series.map(
    (one) => new Map(one.points.map((point, i) => [point.x, cell(data, one.band, point.y, i)])),
  );
  return {
    columns: ["Step", ...series.map((one) => one.label)],
    rows: shown.map((step) => [String(step), ...columns.map((column) => column.get(step) ?? "")]),
    leftOut: steps.length - shown.length,
  };
}

function cell(
  data: LineChartData,
  band: LineChartData["series"][number]["band"],
  y: number | null,
  index: number,
): string {
  const text = formatValue(y, data.valueKind);
  const upper = band?.upper[index]?.y;
  if (y === null || upper === null || upper === undefined) return text;
  return `${text} ± ${formatValue(upper - y, data.valueKind)}`;
}

function evenly(steps: readonly number[], maximum: number): number[] {
  if (steps.length <= maximum) return [...steps];
  return Array.from(
    { length: maximum },
    (_, i) => steps[Math.round((i * (steps.length - 1)) / (maximum - 1))]!,
  );
}
