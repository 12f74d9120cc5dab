import type { Chart, Plugin } from "chart.js";
import { spread } from "../data/label-spread";
import type { LineSeries } from "../data/line-chart-data";

/** Charts narrower than this keep their room for the lines; the legend above still names them. */
const LEAST_WIDTH = 420;
const GAP = 8;

/** Series per chart; kept outside the chart's options, which chart.js copies deeply. */
const labelled = new WeakMap<object, readonly LineSeries[]>();

interface LineEnd {
  label: string;
  x: number;
  y: number;
}

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

/** Writes each series' name where its line ends, in the text colour: a line can be told without matching colours to a legend. */
export const endLabels: Plugin<"line"> = {
  id: "endLabels",
  afterDatasetsDraw(chart) {
    if (chart.width < LEAST_WIDTH) return;
    const { ctx } = chart;
    const room = endLabelRoom(chart);
    ctx.save();
    ctx.font = labelFont(chart);
    ctx.textBaseline = "middle";
    ctx.fillStyle = String(chart.options.color);
    ctx.strokeStyle = String(chart.options.backgroundColor);
    ctx.lineWidth = 3;
    ctx.lineJoin = "round";
    for (const column of columns(lineEnds(chart), room)) drawColumn(chart, column, room);
    ctx.restore();
  },
};

/** Labels of lines that end near one another stand in one column: only these can overlap. */
function columns(ends: readonly LineEnd[], room: number): LineEnd[][] {
  const sorted = [...ends].sort((a, b) => a.x - b.x);
  const found: LineEnd[][] = [];
  for (const end of sorted) {
    const column = found.at(-1);
    if (column && end.x - column[0]!.x < room) column.push(end);
    else found.push([end]);
  }
  return found;
}

function drawColumn(chart: Chart<"line">, ends: readonly LineEnd[], room: number): void {
  const { ctx, chartArea } = chart;
  const height = Number(chart.options.font?.size ?? 12) * 1.15;
  const tops = spread(
    ends.map((end) => end.y),
    height,
    chartArea.top,
    chartArea.bottom,
  );
  const left = Math.min(chartArea.right, Math.max(...ends.map((end) => end.x))) + GAP;
  ends.forEach((end, i) => {
    // A seam in the colour of the ground keeps a name readable where other lines run on behind it.
    ctx.strokeText(end.label, left, tops[i]!, room - GAP);
    ctx.fillText(end.label, left, tops[i]!, room - GAP);
  });
}

/** Where the visible lines end; of a stacked area, the middle of its right edge. */
function lineEnds(chart: Chart<"line">): LineEnd[] {
  const series = labelled.get(chart.canvas) ?? [];
  const stacked = chart.options.scales?.y?.stacked === true;
  let below = chart.chartArea.bottom;
  return series.flatMap((one) => {
    const index = chart.data.datasets.findIndex((dataset) => dataset.label === one.key);
    if (index < 0 || !chart.isDatasetVisible(index)) return [];
    const last = lastInSight(chart.getDatasetMeta(index).data, chart.chartArea.right);
    if (!last) return [];
    const middle = stacked ? (below + last.y) / 2 : last.y;
    below = last.y;
    return [{ label: one.label, x: last.x, y: middle }];
  });
}

interface Position {
  x: number;
  y: number;
}

/** The line's last point, or where it leaves a zoomed chart on its way to the next. */
function lastInSight(points: readonly Position[], right: number): Position | null {
  const index = points.findLastIndex((point) => Number.isFinite(point.y) && point.x <= right + 1);
  const last = points[index];
  if (!last) return null;
  const next = points[index + 1];
  if (!next || !Number.isFinite(next.y) || next.x <= last.x) return last;
  return { x: right, y: last.y + ((right - last.x) / (next.x - last.x)) * (next.y - last.y) };
}

function labelFont(chart: Chart): string {
  const { size, family } = chart.options.font ?? {};
  return `${size}px ${family}`;
}
