import type { RunView } from "../../../run-view/run-view";
import type { Point } from "./decimation";
import type { LineChartData, LineSeries } from "./line-chart-data";
import { halfLifeFor, smooth } from "./smoothing";

/** Begins with a space: no dataset's name does. */
const MEAN_KEY = " mean";

/** Training loss per dataset and of the whole batch, smoothed over steps; the batch's raw loss lies faintly behind. */
export function trainingLossChart(
  view: RunView,
  names: readonly string[],
  logarithmic: boolean,
): LineChartData {
  const halfLife = halfLifeFor(view.steps ?? view.step);
  const batch = view.losses.map(({ step, loss }) => ({ x: step, y: loss }));
  const series: LineSeries[] = [
    line(`${MEAN_KEY} raw`, "batch, raw", "foreground", batch, true),
    ...names.map((name, index) =>
      line(name, name, index, smooth(lossesOf(view, name), halfLife), false, name),
    ),
    line(MEAN_KEY, "batch", "foreground", smooth(batch, halfLife), false),
  ];
  return chart(series, view, logarithmic);
}

/** Held-out loss per dataset, and their plain mean: the fixed reference mixture. */
export function heldOutLossChart(
  view: RunView,
  names: readonly string[],
  logarithmic: boolean,
): LineChartData {
  const evaluated = names.map((name, index) => {
    const points = view.evaluations.map(({ step, perDataset }) => ({
      x: step,
      y: perDataset[name]?.loss ?? null,
    }));
    return line(name, name, index, points, false, name);
  });
  return chart(
    [...evaluated, line(MEAN_KEY, "mean", "foreground", referencePath(view), false)],
    view,
    logarithmic,
  );
}

/** Mean over the datasets of their held-out losses, at each evaluation. */
export function referencePath(view: RunView): Point[] {
  return view.evaluations.map(({ step, reference }) => ({ x: step, y: reference.loss }));
}

/** Only the steps that drew the dataset. */
function lossesOf(view: RunView, name: string): Point[] {
  const points: Point[] = [];
  for (const { step, perDataset } of view.losses) {
    const loss = perDataset[name];
    if (loss !== undefined) points.push({ x: step, y: loss });
  }
  return points;
}

function line(
  key: string,
  label: string,
  palette: number | "foreground",
  points: Point[],
  faint: boolean,
  group: string | null = null,
): LineSeries {
  return { key, label, group, palette, points, band: null, faint };
}

function chart(series: LineSeries[], view: RunView, logarithmic: boolean): LineChartData {
  return {
    series,
    levels: [],
    valueKind: "loss",
    stacked: false,
    logarithmic,
    steps: view.steps,
    maximum: null,
  };
}
