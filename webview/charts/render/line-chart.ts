import { Chart, type ChartDataset, type ChartOptions, type TooltipItem } from "chart.js";
import type { AnnotationOptions } from "chartjs-plugin-annotation";
import { type SeriesStyle, seriesStyle, translucent } from "../../series-style";
import type { Theme } from "../../theme";
import { decimate, decimateEvenly, MAXIMUM_POINTS, type Point, type StepRange } from "../data/decimation";
import type { Level, LineChartData, LineSeries } from "../data/line-chart-data";
import { formatValue } from "../data/value-format";
import { crosshair } from "./crosshair";
import { endLabelRoom, endLabels, setEndLabels } from "./end-labels";
import { type Marker, markers, setMarkers } from "./markers";

type LineDataset = ChartDataset<"line", Point[]>;

export interface LineChartListener {
  /** The user zoomed in, or back to the whole run. */
  zoomed(isZoomed: boolean): void;
}

/** One canvas. `update` keeps the chart and its dataset objects, so a live run costs only the new numbers. */
export class LineChart {
  private readonly chart: Chart<"line", Point[]>;
  private readonly datasets = new Map<string, LineDataset>();
  private data: LineChartData | null = null;
  private hidden: ReadonlySet<string> = new Set();
  private focusedStep: number | null = null;

  constructor(
    canvas: HTMLCanvasElement,
    private theme: Theme,
    /** A small chart: no title on its axis. */
    private readonly compact: boolean,
    private readonly listener: LineChartListener,
  ) {
    this.chart = new Chart<"line", Point[]>(canvas, {
      type: "line",
      data: { datasets: [] },
      options: this.options(),
      plugins: [crosshair, markers, endLabels],
    });
  }

  /** `hidden`: names of the legend that are switched off. */
  update(data: LineChartData, hidden: ReadonlySet<string>): void {
    this.data = data;
    this.hidden = hidden;
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.datasets.clear();
    const range = this.visibleRange();
    this.chart.options = this.options();
    this.draw();
    if (range) this.chart.zoomScale("x", { min: range.from, max: range.to }, "none");
  }

  /** Marks one step with an upright line; null takes the line away. */
  focusStep(step: number | null): void {
    this.focusedStep = step;
    this.draw();
  }

  resetZoom(): void {
    this.chart.resetZoom("none");
    this.rangeChanged();
  }

  /** Zooms in (factor > 1) or out around the middle, for the keyboard. */
  zoomBy(factor: number): void {
    this.chart.zoom({ x: factor }, "none");
    this.rangeChanged();
  }

  /** Moves the visible range by a share of itself, for the keyboard. */
  panBy(share: number): void {
    const width = this.chart.chartArea.right - this.chart.chartArea.left;
    this.chart.pan({ x: -share * width }, undefined, "none");
    this.rangeChanged();
  }

  private draw(): void {
    const { data, chart } = this;
    if (!data) return;
    const visible = this.visibleRange();
    setEndLabels(chart as Chart<"line">, data.series);
    setMarkers(chart as Chart<"line">, this.markersOf(data));
    chart.data.datasets = data.stacked ? this.stackedDatasets(data) : this.lineDatasets(data, visible);
    this.setScales(data, visible);
    const annotation = chart.options.plugins?.annotation;
    if (annotation) annotation.annotations = this.annotations(data);
    chart.update("none");
  }

  private lineDatasets(data: LineChartData, visible: StepRange | undefined): LineDataset[] {
    return data.series.flatMap((series) => {
      const indices = decimate(series.points, this.mostPoints(), visible);
      const take = (points: readonly Point[]) => indices.map((index) => points[index]!);
      const line = this.dataset(series.key, () => this.lineLook(series));
      line.data = take(series.points);
      line.hidden = this.isHidden(series.group);
      if (!series.band) return [line];
      const lower = this.dataset(`${series.key} lower`, () => this.bandLook(series, false));
      const upper = this.dataset(`${series.key} upper`, () => this.bandLook(series, "-1"));
      lower.data = take(series.band.lower);
      upper.data = take(series.band.upper);
      lower.hidden = upper.hidden = line.hidden;
      return [lower, upper, line];
    });
  }

  /** Two a pixel are enough for both extremes. */
  private mostPoints(): number {
    return Math.max(200, Math.min(MAXIMUM_POINTS, 2 * Math.round(this.chart.width)));
  }

  private markersOf(data: LineChartData): Map<string, Marker> {
    if (data.stacked) return new Map();
    const lines = data.series.filter((series) => !series.faint);
    return new Map(
      lines.map((series, place) => {
        const { color, shape } = this.style(series.palette);
        return [series.key, { color, shape, place }];
      }),
    );
  }

  private stackedDatasets(data: LineChartData): LineDataset[] {
    return data.series.map((series) => {
      const dataset = this.dataset(`${series.key} area`, () => this.areaLook(series));
      const indices = decimateEvenly(series.points.length, MAXIMUM_POINTS);
      dataset.data = indices.map((index) => series.points[index]!);
      dataset.hidden = this.isHidden(series.group);
      return dataset;
    });
  }

  private dataset(key: string, look: () => Omit<LineDataset, "data">): LineDataset {
    const known = this.datasets.get(key);
    if (known) return known;
    const made: LineDataset = { ...look(), data: [] };
    this.datasets.set(key, made);
    return made;
  }

  private lineLook(series: LineSeries): Omit<LineDataset, "data"> {
    const { color, dash, shape } = this.style(series.palette);
    const width = this.theme.highContrast ? 2.5 : 2;
    return {
      label: series.key,
      borderColor: series.faint ? translucent(color, 0.3) : color,
      backgroundColor: color,
      borderWidth: series.faint ? 1 : series.palette === "foreground" ? width + 0.5 : width,
      borderDash: series.faint ? [] : [...dash],
      pointStyle: shape,
      pointRadius: 0,
      pointHitRadius: 0,
      pointHoverRadius: series.faint ? 0 : 5,
      fill: false,
      spanGaps: false,
      // Markers on the border of the chart stay whole.
      clip: 5,
    };
  }

  private bandLook(series: LineSeries, fill: false | "-1"): Omit<LineDataset, "data"> {
    const { color } = this.style(series.palette);
    return {
      label: `${series.key} band`,
      borderWidth: 0,
      pointRadius: 0,
      pointHoverRadius: 0,
      backgroundColor: translucent(color, this.theme.highContrast ? 0.3 : 0.16),
      fill,
    };
  }

  private areaLook(series: LineSeries): Omit<LineDataset, "data"> {
    const { color } = this.style(series.palette);
    return {
      label: series.key,
      borderColor: color,
      borderWidth: 1.5,
      backgroundColor: translucent(color, this.theme.highContrast ? 0.55 : 0.4),
      pointRadius: 0,
      pointHoverRadius: 3,
      fill: "stack",
    };
  }

  private style(palette: number | "foreground"): SeriesStyle {
    if (palette !== "foreground") return seriesStyle(this.theme, palette);
    return { color: this.theme.foreground, dash: [], shape: "circle" };
  }

  private isHidden(group: string | null): boolean {
    return group !== null && this.hidden.has(group);
  }

  private setScales(data: LineChartData, visible: StepRange | undefined): void {
    const scales = this.chart.options.scales!;
    const last = Math.max(1, data.steps ?? lastStep(data));
    if (!visible) Object.assign(scales.x!, { min: 0, max: last });
    // Losses are compared by their differences; shares and rewards by their ratios, for which the axis must begin at zero.
    const fromZero = data.valueKind !== "loss";
    Object.assign(scales.y!, {
      type: data.logarithmic ? "logarithmic" : "linear",
      stacked: data.stacked,
      min: data.valueKind === "share" ? 0 : undefined,
      max: data.stacked ? 1 : (data.maximum ?? undefined),
      beginAtZero: fromZero,
    });
    const limits = this.chart.options.plugins?.zoom?.limits;
    if (limits) limits.x = { min: 0, max: last, minRange: Math.min(5, last) };
  }

  private annotations(data: LineChartData): Record<string, AnnotationOptions<"line">> {
    const lines = Object.fromEntries(
      data.levels
        .filter((level) => !this.isHidden(level.group))
        .map((level) => [`level ${level.key}`, this.levelLine(level)]),
    );
    if (this.focusedStep === null) return lines;
    return { ...lines, focus: this.focusLine(this.focusedStep) };
  }

  private levelLine(level: Level): AnnotationOptions<"line"> {
    const color = level.palette === "foreground" ? this.theme.muted : this.style(level.palette).color;
    return {
      type: "line",
      yMin: level.value,
      yMax: level.value,
      borderColor: color,
      borderWidth: 1,
      borderDash: [2, 4],
      drawTime: "beforeDatasetsDraw",
    };
  }

  private focusLine(step: number): AnnotationOptions<"line"> {
    return {
      type: "line",
      xMin: step,
      xMax: step,
      borderColor: this.theme.warning,
      borderWidth: 2,
      label: {
        display: true,
        content: `step ${step}`,
        position: "end",
        color: this.theme.foreground,
        backgroundColor: this.theme.card,
        font: { size: this.theme.fontSize - 2, weight: "normal" },
        padding: { x: 4, y: 1 },
        borderRadius: 2,
      },
    };
  }

  private visibleRange(): StepRange | undefined {
    if (!this.chart.isZoomedOrPanned()) return undefined;
    const { min, max } = this.chart.scales.x!;
    return { from: min, to: max };
  }

  /** More of a line can be drawn in a smaller range: takes the points again. */
  private rangeChanged(): void {
    this.draw();
    this.listener.zoomed(this.chart.isZoomedOrPanned());
  }

  private options(): ChartOptions<"line"> {
    const { theme } = this;
    const font = { family: theme.fontFamily, size: theme.fontSize - 1 };
    const ticks = { color: theme.muted, font };
    return {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      color: theme.foreground,
      backgroundColor: theme.card,
      font,
      layout: { padding: ({ chart }) => ({ right: endLabelRoom(chart), top: 4, bottom: 0, left: 0 }) },
      interaction: { mode: "nearestOfEachSeries", intersect: false },
      scales: {
        x: {
          type: "linear",
          ticks: { ...ticks, maxRotation: 0, precision: 0, maxTicksLimit: 8, callback: wholeStep },
          grid: { display: false },
          border: { color: theme.grid },
          title: { display: !this.compact, text: "step", align: "end", color: theme.muted, font, padding: 0 },
        },
        y: {
          ticks: {
            ...ticks,
            maxTicksLimit: 6,
            callback: (value) => (this.data ? formatValue(Number(value), this.data.valueKind, true) : ""),
          },
          grid: { color: translucent(theme.grid, theme.highContrast ? 0.4 : 0.6), lineWidth: 1 },
          border: { display: false },
        },
      },
      plugins: {
        tooltip: this.tooltip(font),
        annotation: { clip: true, annotations: {} },
        zoom: {
          limits: { x: { min: 0 } },
          pan: { enabled: true, mode: "x", modifierKey: "shift", onPanComplete: () => this.rangeChanged() },
          zoom: {
            mode: "x",
            // Without a modifier the wheel scrolls the panel.
            wheel: { enabled: true, modifierKey: "ctrl" },
            pinch: { enabled: true },
            drag: { enabled: true, threshold: 8, backgroundColor: translucent(theme.accent, 0.2) },
            onZoomComplete: () => this.rangeChanged(),
          },
        },
      },
    };
  }

  private tooltip(font: { family: string; size: number }) {
    const { theme } = this;
    return {
      backgroundColor: theme.tooltipBackground,
      borderColor: theme.tooltipBorder,
      borderWidth: 1,
      cornerRadius: 3,
      padding: 8,
      titleColor: theme.tooltipForeground,
      bodyColor: theme.tooltipForeground,
      titleFont: { ...font, weight: "bold" as const },
      bodyFont: font,
      usePointStyle: true,
      boxWidth: 8,
      boxHeight: 8,
      caretSize: 0,
      caretPadding: 12,
      filter: (item: TooltipItem<"line">) => this.seriesOf(item) !== undefined,
      itemSort: (a: TooltipItem<"line">, b: TooltipItem<"line">) => (b.parsed.y ?? 0) - (a.parsed.y ?? 0),
      callbacks: {
        title: (items: TooltipItem<"line">[]) => (items[0] ? `Step ${items[0].parsed.x}` : ""),
        label: (item: TooltipItem<"line">) => {
          const label = this.seriesOf(item)?.label ?? "";
          return ` ${label}  ${formatValue(item.parsed.y, this.data?.valueKind ?? "number")}`;
        },
      },
    };
  }

  private seriesOf(item: TooltipItem<"line">): LineSeries | undefined {
    return this.data?.series.find((series) => series.key === item.dataset.label && !series.faint);
  }
}

/** The ends of a zoomed range lie between steps: no tick there. */
function wholeStep(value: number | string): string | null {
  return Number.isInteger(Number(value)) ? String(value) : null;
}

function lastStep(data: LineChartData): number {
  return Math.max(0, ...data.series.map((series) => series.points.at(-1)?.x ?? 0));
}
