import { chartSummary } from "../charts/data/chart-summary";
import { chartTable } from "../charts/data/chart-table";
import { hasPoints, type LineChartData } from "../charts/data/line-chart-data";
import { LineChart } from "../charts/render/line-chart";
import { element, setText } from "../element";
import type { Theme } from "../theme";
import { dataTable } from "./data-table";

/** More rows than this are no help to read; the run folder has every number. */
const MAXIMUM_ROWS = 200;

export interface ChartFigureOptions {
  title: string;
  /** What is drawn, in a few words under the title. */
  note: string;
  /** Instead of the chart while there is nothing to draw. */
  empty: string;
  controls?: HTMLElement[];
  /** A small chart among several. */
  compact?: boolean;
  heading?: "h3" | "h4";
}

/** A chart with its title, what it says in a sentence, its numbers as a table, and keys for zooming. */
export class ChartFigure {
  readonly root: HTMLElement;
  private readonly note: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly holder: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly table = element("div", { hidden: true });
  private readonly tableButton: HTMLButtonElement;
  private readonly resetButton: HTMLButtonElement;
  private readonly chart: LineChart;
  private data: LineChartData | null = null;
  private inSight = true;
  private drawnLook: string | null = null;
  private pending: (() => void) | null = null;

  constructor(
    private readonly options: ChartFigureOptions,
    theme: Theme,
  ) {
    const { title, note, empty, controls = [], compact = false, heading = "h3" } = options;
    this.canvas = element("canvas", {
      role: "img",
      tabindex: 0,
      "aria-label": title,
      "aria-keyshortcuts": "+ - ArrowLeft ArrowRight 0",
    });
    this.holder = element("div", { class: compact ? "chart compact" : "chart" }, this.canvas);
    this.empty = element("p", { class: "empty", hidden: true }, empty);
    this.note = element("p", { class: "note", hidden: note === "" }, note);
    this.resetButton = button("Whole run", `${title}: show the whole run`);
    this.resetButton.hidden = true;
    this.tableButton = button("Table", `${title}: show the numbers as a table`);
    this.tableButton.setAttribute("aria-expanded", "false");
    const bar = element("div", { class: "controls" }, ...controls, this.resetButton, this.tableButton);
    const header = element("header", {}, element(heading, {}, title), bar);
    this.root = element("section", { class: "figure", "aria-label": title }, header, this.note);
    this.root.append(this.empty, this.holder, this.table);
    this.chart = new LineChart(this.canvas, theme, compact, {
      zoomed: (isZoomed) => {
        this.resetButton.hidden = !isZoomed;
      },
    });
    this.listen();
  }

  update(data: LineChartData, hidden: ReadonlySet<string>): void {
    this.data = data;
    const isEmpty = !hasPoints(data);
    this.empty.hidden = !isEmpty;
    this.holder.hidden = isEmpty;
    this.tableButton.hidden = isEmpty;
    if (isEmpty) return;
    this.draw(data, hidden);
    const summary = chartSummary(this.options.title, data);
    if (this.canvas.getAttribute("aria-label") !== summary) this.canvas.setAttribute("aria-label", summary);
    this.fillTable();
  }

  setNote(note: string): void {
    setText(this.note, note);
    this.note.hidden = note === "";
  }

  setEmpty(text: string): void {
    setText(this.empty, text);
  }

  setTheme(theme: Theme): void {
    this.chart.setTheme(theme);
  }

  focusStep(step: number | null): void {
    this.chart.focusStep(step);
  }

  /** New numbers of a live run are drawn when somebody can see them; what the reader has changed, always. */
  private draw(data: LineChartData, hidden: ReadonlySet<string>): void {
    const look = JSON.stringify([data.stacked, data.logarithmic, [...hidden]]);
    this.pending = () => {
      this.pending = null;
      this.drawnLook = look;
      this.chart.update(data, hidden);
    };
    if (this.inSight || look !== this.drawnLook) this.pending();
  }

  private listen(): void {
    new IntersectionObserver(
      (entries) => {
        this.inSight = entries.at(-1)!.isIntersecting;
        if (this.inSight) this.pending?.();
      },
      { rootMargin: "200px" },
    ).observe(this.root);
    this.tableButton.addEventListener("click", () => {
      this.table.hidden = !this.table.hidden;
      this.tableButton.setAttribute("aria-expanded", String(!this.table.hidden));
      this.fillTable();
    });
    this.resetButton.addEventListener("click", () => this.resetZoom());
    this.canvas.addEventListener("dblclick", () => this.chart.resetZoom());
    this.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.zoomWithKey(event.key)) return;
      event.preventDefault();
    });
  }

  private resetZoom(): void {
    this.chart.resetZoom();
    this.canvas.focus();
  }

  private zoomWithKey(key: string): boolean {
    if (key === "+" || key === "=") this.chart.zoomBy(1.5);
    else if (key === "-") this.chart.zoomBy(1 / 1.5);
    else if (key === "0") this.chart.resetZoom();
    else if (key === "ArrowLeft") this.chart.panBy(-0.2);
    else if (key === "ArrowRight") this.chart.panBy(0.2);
    else return false;
    return true;
  }

  /** Built only while it is open: a live chart changes four times a second. Keeps where the reader has scrolled to. */
  private fillTable(): void {
    if (this.table.hidden || !this.data) return;
    const before = this.table.firstElementChild;
    const scroll = before?.scrollTop ?? 0;
    const hadFocus = before !== null && document.activeElement === before;
    const table = dataTable(this.options.title, chartTable(this.data, MAXIMUM_ROWS));
    this.table.replaceChildren(table);
    table.scrollTop = scroll;
    if (hadFocus) table.focus();
  }
}

function button(text: string, label: string): HTMLButtonElement {
  return element("button", { type: "button", class: "link", "aria-label": label }, text);
}
