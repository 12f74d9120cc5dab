import type { Chart, InteractionItem, InteractionModeFunction } from "chart.js";

declare module "chart.js" {
  interface InteractionModeMap {
    nearestOfEachSeries: InteractionModeFunction;
  }
}

/**
 * The point of every visible series that is nearest in x. Chart.js's own "index" mode takes the points with equal INDEX,
 * which belong to different steps here: each series is decimated by itself, and a step draws only some datasets.
 */
export const nearestOfEachSeries: InteractionModeFunction = (chart, event) => {
  const x = event.x ?? 0;
  const items: InteractionItem[] = [];
  for (const { index: datasetIndex, data } of chart.getSortedVisibleDatasetMetas()) {
    const index = nearest(data, x);
    const element = data[index];
    if (element && isInside(chart, element.x)) items.push({ element, datasetIndex, index });
  }
  return items;
};

/** Binary search; `elements` ascend in x. */
function nearest(elements: readonly { x: number }[], x: number): number {
  let low = 0;
  let high = elements.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (elements[middle]!.x <= x) low = middle;
    else high = middle;
  }
  if (low >= high) return low;
  return x - elements[low]!.x <= elements[high]!.x - x ? low : high;
}

function isInside(chart: Chart, x: number): boolean {
  return x >= chart.chartArea.left - 1 && x <= chart.chartArea.right + 1;
}
