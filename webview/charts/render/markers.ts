import type { Chart, Plugin } from "chart.js";
import { drawPoint } from "chart.js/helpers";
import type { PointShape } from "../../series-style";

/** About how many markers a line carries: enough to tell lines apart without colour, few enough not to hide them. */
const MARKERS = 9;
/** Up to this many points, each gets its marker. */
const ALL_MARKED = 40;
const RADIUS = 3;

export interface Marker {
  shape: PointShape;
  color: string;
  /** Place among the series: each starts elsewhere, so that markers of lines lying on one another do not. */
  place: number;
}

/** Markers per chart, by the label of the line. */
const marked = new WeakMap<object, ReadonlyMap<string, Marker>>();

export function setMarkers(chart: Chart<"line">, markers: ReadonlyMap<string, Marker>): void {
  marked.set(chart.canvas, markers);
}

/**
 * Markers on a few points of each line. Not chart.js's own: a radius per point makes it resolve every option for every point,
 * which took most of the time of drawing a long run.
 */
export const markers: Plugin<"line"> = {
  id: "markers",
  afterDatasetsDraw(chart) {
    for (const { label, index, data } of chart.getSortedVisibleDatasetMetas()) {
      const marker = marked.get(chart.canvas)?.get(label);
      if (!marker || chart.data.datasets[index]?.hidden) continue;
      for (const { x, y } of chosen(data, marker.place)) {
        if (Number.isFinite(y) && isInside(chart, x)) drawMarker(chart.ctx, marker, x, y);
      }
    }
  },
};

function chosen<T>(points: readonly T[], place: number): readonly T[] {
  if (points.length <= ALL_MARKED) return points;
  const every = Math.ceil(points.length / MARKERS);
  const offset = Math.floor((place * every) / 5) % every;
  return points.filter((_, i) => i % every === offset);
}

function isInside({ chartArea }: Chart<"line">, x: number): boolean {
  return x >= chartArea.left - 1 && x <= chartArea.right + 1;
}

function drawMarker(context: CanvasRenderingContext2D, { shape, color }: Marker, x: number, y: number): void {
  context.save();
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.setLineDash([]);
  drawPoint(context, { pointStyle: shape, radius: RADIUS, borderWidth: 1.5 }, x, y);
  context.restore();
}
