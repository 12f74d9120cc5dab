import type { RunView } from "../../../run-view/run-view";
import type { Point } from "./decimation";
import type { Level, LineChartData } from "./line-chart-data";

/**
 * Sampling probabilities over optimizer steps: the prior at step 0, then each update's, and the last one up to the present step.
 * `names`: datasets in the plan's order.
 */
export function mixtureChart(view: RunView, names: readonly string[], stacked: boolean): LineChartData {
  return {
    series: names.map((name, index) => ({
      key: name,
      label: name,
      group: name,
      palette: index,
      points: probabilityPath(view, name),
      band: null,
      faint: false,
    })),
    levels: stacked ? [] : priorLevels(view, names),
    valueKind: "share",
    stacked,
    logarithmic: false,
    steps: view.steps,
    maximum: null,
  };
}

/** Empty before the run has started. */
export function probabilityPath(view: RunView, name: string): Point[] {
  const dataset = view.datasets.find((one) => one.name === name);
  if (!dataset) return [];
  const path: Point[] = [{ x: 0, y: dataset.prior }];
  for (const { step, p } of view.updates) path.push({ x: step, y: p[name] ?? null });
  const last = path.at(-1)!;
  if (view.step > last.x) path.push({ x: view.step, y: dataset.p });
  return path;
}

/** One line when every dataset starts with the same share, else one per dataset. */
function priorLevels(view: RunView, names: readonly string[]): Level[] {
  const priors = names.flatMap((name, index) => {
    const dataset = view.datasets.find((one) => one.name === name);
    return dataset ? [{ name, index, prior: dataset.prior }] : [];
  });
  const first = priors[0];
  if (!first) return [];
  if (priors.every(({ prior }) => Math.abs(prior - first.prior) < 1e-9)) {
    return [{ key: "prior", value: first.prior, group: null, palette: "foreground" }];
  }
  return priors.map(({ name, index, prior }) => ({
    key: name,
    value: prior,
    group: name,
    palette: index,
  }));
}
