import type { Band, Point } from "./decimation";

/** How the numbers of an axis and of the table are written. */
export type ValueKind = "share" | "loss" | "number";

export interface LineSeries {
  /** Stays the same while the chart lives; the key of a dataset's series begins with the dataset's name in `group`. */
  key: string;
  label: string;
  /** The name in the panel's legend that shows and hides the series; null: always shown. */
  group: string | null;
  /** Place in the palette (of the dataset in its plan, of the run in the comparison), or the plain foreground. */
  palette: number | "foreground";
  points: Point[];
  /** Around the line: value minus and plus one standard error. */
  band: Band | null;
  /** A faint line lies behind the others and is left out of labels, tooltips and tables. */
  faint: boolean;
}

/** A dotted horizontal line for reference. */
export interface Level {
  key: string;
  value: number;
  group: string | null;
  palette: number | "foreground";
}

export interface LineChartData {
  series: LineSeries[];
  levels: Level[];
  valueKind: ValueKind;
  /** Areas stacked to the whole instead of lines. */
  stacked: boolean;
  logarithmic: boolean;
  /** The x axis ends here: steps of the whole run, so that a live chart does not stretch while it grows. null: at the last point. */
  steps: number | null;
  /** Upper end of the y axis, for charts that stand side by side; null: by the values. */
  maximum: number | null;
}

export function hasPoints(data: LineChartData): boolean {
  return data.series.some((series) => series.points.some((point) => point.y !== null));
}
