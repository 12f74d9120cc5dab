import type { Chart, Plugin } from "chart.js";
import { spread } from "../data/label-spread";
import type { LineSeries } from "../data/line-chart-data";

/** Charts narrower than this keep their room for the lines; the legend above still names them. */
const LEAST_WIDTH = 420;
const GAP = 8;

/** Series per chart; kept outside the chart's options, which chart.js copies deeply. */
const labelled = new WeakMap<object, readonly LineSeries[]>();

export function setEndLabels(chart: Chart<"line">, series: readonly LineSeries[]): void {
  labelled.set(
    chart.canvas,
    series.filter((one) => !one.faint),
  );
}

/** Room at the right border for the longest label, pixels. */
export function endLabelRoom(chart: Chart): number {
  const series = labelled.get(chart.canvas) ?? [];
  if (chart.width < LEAST_WIDTH || series.length === 0) return GAP;
  chart.ctx.save();
  chart.ctx.font = labelFont(chart);
  const widths = series.map((one) => chart.ctx.measureText(one.label).width);
  chart.ctx.restore();
  return Math.ceil(Math.min(Math.max(...widths), chart.width / 4)) + 2 * GAP;
}

/**
 * Writes each series' name where the lines end, in the text colour: a line can be told without matching colours to a legend.
 * One column for all, right of the line that reaches furthest.
 */
export const endLabels: Plugin<"line"> = {
  id: "endLabels",
  afterDatasetsDraw(chart) {
    if (chart.width < LEAST_WIDTH) return;
    const ends = lineEnds(chart);
    const { ctx, chartArea } = chart;
    const height = Number(chart.options.font?.size ?? 12) * 1.15;
    const tops = spread(
      ends.map((end) => end.y),
      height,
      chartArea.top,
      chartArea.bottom,
    );
    ctx.save();
    ctx.font = labelFont(chart);
    ctx.textBaseline = "middle";
    ctx.fillStyle = String(chart.options.color);
    const left = Math.min(chartArea.right, Math.max(...ends.map((end) => end.x))) + GAP;
    ends.forEach((end, i) => {
      ctx.fillText(end.label, left, tops[i]!, endLabelRoom(chart) - GAP);
    });
    ctx.restore();
  },
};

/** Where the visible lines leave the chart; of a stacked area, the middle of its right edge. */
function lineEnds(chart: Chart<"line">): { label: string; x: number; y: number }[] {
  const series = labelled.get(chart.canvas) ?? [];
  const stacked = chart.options.scales?.y?.stacked === true;
  let below = chart.chartArea.bottom;
  return series.flatMap((one) => {
    const index = chart.data.datasets.findIndex((dataset) => dataset.label === one.key);
    if (index < 0 || !chart.isDatasetVisible(index)) return [];
    const points = chart.getDatasetMeta(index).data;
    const last = points.findLast((point) => Number.isFinite(point.y) && point.x <= chart.chartArea.right + 1);
    if (!last) return [];
    const middle = stacked ? (below + last.y) / 2 : last.y;
    below = last.y;
    return [{ label: one.label, x: last.x, y: middle }];
  });
}

function labelFont(chart: Chart): string {
  const { size, family } = chart.options.font ?? {};
  return `${size}px ${family}`;
}
