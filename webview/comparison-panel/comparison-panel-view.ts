import { PANEL_PROTOCOL_VERSION, type ToPanel } from "../../contracts/panel-protocol";
import type { RunStatus } from "../../contracts/run-folder";
import { compareGroups, type GroupComparison } from "../../run-view/group-comparison";
import { groupRuns, type RunGroup } from "../../run-view/run-groups";
import { ChartFigure } from "../accessibility/chart-figure";
import { LiveRegion } from "../accessibility/live-region";
import { Banner } from "../banner";
import { mixturePathCharts, referenceLossChart } from "../charts/data/comparison-charts";
import { registerCharts } from "../charts/render/registration";
import { element, setText } from "../element";
import { FrameScheduler } from "../frame-scheduler";
import { LiveTable } from "../live-table";
import { afterMessage, noRuns, type PanelRuns } from "../panel-runs";
import { statusWords } from "../run-status-text";
import { SeriesLegend } from "../series-legend";
import { readTheme, type Theme, watchTheme } from "../theme";
import { toggleGroup } from "../toggle-group";
import type { PanelHost } from "../vscode-api";
import { BaselineChoice } from "./baseline-choice";
import { differenceRows, epochRows, lossColumns, lossRows, mixtureRows } from "./comparison-rows";
import { comparisonSentences } from "./comparison-text";

/** The whole comparison: built when the set of runs changes, else only updated. */
export class ComparisonPanel {
  private readonly live = new LiveRegion();
  private readonly problem = new Banner("error");
  private readonly waiting = element("p", { class: "waiting" }, "Reading the runs…");
  private readonly content = element("div", { hidden: true });
  private readonly title = element("h1");
  private readonly summary = element("p", { class: "summary" });
  private readonly baselineChoice: BaselineChoice;
  private readonly runLegend = new SeriesLegend("Runs", () => this.frames.request());
  private readonly datasetLegend = new SeriesLegend("Datasets", () => this.frames.request());
  private readonly losses: LiveTable;
  private readonly mixtures: LiveTable;
  private readonly epochs: LiveTable;
  private readonly differences = new LiveTable({ label: "Differences in config" });
  private readonly noDifferences = element(
    "p",
    { class: "empty" },
    "The plans differ in nothing but the seed.",
  );
  private readonly multiples = element("div", { class: "grid small" });
  private readonly reference: ChartFigure;
  private paths = new Map<string, ChartFigure>();
  private readonly frames = new FrameScheduler(() => this.draw());
  private theme: Theme;
  private state: PanelRuns = noRuns;
  private builtFor = "";
  private baseline: string | null;
  private scale: "linear" | "log" = "linear";

  constructor(private readonly host: PanelHost) {
    registerCharts();
    this.theme = readTheme();
    this.baseline = text(host.recall("baseline"));
    this.baselineChoice = new BaselineChoice((key) => {
      this.baseline = key;
      host.remember("baseline", key);
      this.frames.request();
    });
    // Alone in a file there is nobody to show a single run.
    const open = host.interactive ? { open: (runId: string) => host.post({ type: "showRun", runId }) } : {};
    this.losses = new LiveTable({ label: "Final held-out loss", ...open });
    this.mixtures = new LiveTable({ label: "Final mixtures", ...open });
    this.epochs = new LiveTable({ label: "Realised epochs", ...open });
    this.reference = this.referenceFigure();
  }

  open(): void {
    document.documentElement.lang ||= "en";
    this.layOut();
    document.body.append(this.live.root, element("main", {}, this.problem.root, this.waiting, this.content));
    watchTheme((theme) => this.setTheme(theme));
    this.host.listen(
      (message) => this.receive(message),
      (message) => {
        this.waiting.hidden = true;
        this.problem.show({ message, advice: "" });
      },
    );
  }

  private receive(message: ToPanel): void {
    const before = this.statuses();
    this.state = afterMessage(this.state, message);
    if (this.state.incomplete) {
      this.host.post({ type: "ready", protocol: PANEL_PROTOCOL_VERSION });
      return;
    }
    if (this.state.runs.length === 0)
      setText(this.waiting, "None of the runs of this comparison is there any more.");
    this.announce(before);
    this.frames.request();
  }

  private statuses(): Map<string, RunStatus> {
    return new Map(this.state.runs.map(({ record, view }) => [record.runId, view.status]));
  }

  private announce(before: ReadonlyMap<string, RunStatus>): void {
    for (const { record, view } of this.state.runs) {
      const known = before.get(record.runId);
      if (known !== undefined && known !== view.status)
        this.live.say(`${view.name}: ${statusWords[view.status]}.`);
    }
  }

  private draw(): void {
    const { runs } = this.state;
    this.content.hidden = runs.length === 0;
    this.waiting.hidden = runs.length > 0;
    if (runs.length === 0) return;
    const groups = groupRuns(runs.map(({ record, view }) => ({ plan: record.plan, view })));
    const comparison = compareGroups(groups, this.baseline);
    const { datasets } = comparison;
    this.drawHeader(groups, comparison);
    this.prepare(groups, datasets);
    this.drawTables(groups, comparison);
    this.reference.update(referenceLossChart(groups, this.scale === "log"), this.runLegend.hidden);
    mixturePathCharts(groups, datasets).forEach((data, i) => {
      this.paths.get(groups[i]!.key)!.update(data, this.datasetLegend.hidden);
    });
  }

  private drawHeader(groups: readonly RunGroup[], comparison: GroupComparison): void {
    const count = this.state.runs.length;
    const runs = count === 1 ? "1 run" : `${count} runs`;
    const of = groups.length < count ? `${runs} of ${groups.length} plans` : runs;
    setText(this.title, `Comparison of ${of}`);
    document.title = `Comparison of ${of}`;
    setText(this.summary, comparisonSentences(comparison).join(" "));
    this.baselineChoice.update(groups, comparison.baseline);
  }

  private drawTables(groups: readonly RunGroup[], comparison: GroupComparison): void {
    const { theme } = this;
    const { datasets } = comparison;
    this.losses.update(lossColumns(comparison), lossRows(comparison), theme);
    this.mixtures.update(["Run", ...datasets], mixtureRows(comparison), theme);
    this.epochs.update(["Run", ...datasets], epochRows(comparison), theme);
    const differences = differenceRows(comparison);
    this.noDifferences.hidden = differences.length > 0;
    this.differences.root.hidden = differences.length === 0;
    this.differences.update(["Address", ...groups.map(({ label }) => label)], differences, theme);
  }

  /** Legends and small charts for these groups, made anew only when the groups change. */
  private prepare(groups: readonly RunGroup[], datasets: readonly string[]): void {
    const key = JSON.stringify([groups.map(({ key, label }) => [key, label]), datasets]);
    if (key === this.builtFor) return;
    this.builtFor = key;
    this.runLegend.setItems(
      groups.map((group) => ({ name: group.key, label: group.label })),
      this.theme,
    );
    this.datasetLegend.setItems(
      datasets.map((name) => ({ name, label: name })),
      this.theme,
    );
    this.paths = new Map(groups.map((group) => [group.key, this.pathFigure(group)]));
    this.multiples.replaceChildren(...[...this.paths.values()].map(({ root }) => root));
  }

  private pathFigure(group: RunGroup): ChartFigure {
    return new ChartFigure(
      { title: group.label, note: "", empty: "Not started.", compact: true },
      this.theme,
    );
  }

  private referenceFigure(): ChartFigure {
    const toggle = toggleGroup(
      "Scale of the loss",
      [
        { value: "linear", label: "Linear" },
        { value: "log", label: "Log" },
      ],
      this.scale,
      (scale) => {
        this.scale = scale;
        this.frames.request();
      },
    );
    return new ChartFigure(
      {
        title: "Mean held-out loss over steps",
        note: "Nats per learned token, the plain mean over the datasets: the same yardstick for every run.",
        empty: "No evaluation yet.",
        controls: [toggle],
      },
      this.theme,
    );
  }

  private layOut(): void {
    const top = element(
      "div",
      { class: "part-head" },
      element("h2", {}, "Final held-out loss"),
      this.baselineChoice.root,
    );
    const lossNote = note("Nats per learned token at the last evaluation. ★ marks the lowest.");
    const mixtureNote = note("Probability of each dataset at the end of the run.");
    const epochNote = note("Passes over each dataset: examples drawn, divided by the dataset's size.");
    this.content.append(
      element("header", {}, this.title, this.summary),
      element("section", { class: "part" }, top, card("Final held-out loss", lossNote, this.losses.root)),
      part(
        "Loss over steps",
        this.runLegend.root,
        element("div", { class: "grid single" }, this.reference.root),
      ),
      part("Final mixtures", card("Final mixtures", mixtureNote, this.mixtures.root)),
      part("Probabilities over steps", this.datasetLegend.root, this.multiples),
      part("Realised epochs", card("Realised epochs", epochNote, this.epochs.root)),
      part("Differences in config", card("Differences in config", this.noDifferences, this.differences.root)),
    );
  }

  private setTheme(theme: Theme): void {
    this.theme = theme;
    this.reference.setTheme(theme);
    for (const figure of this.paths.values()) figure.setTheme(theme);
    for (const table of [this.losses, this.mixtures, this.epochs, this.differences]) table.themeChanged();
    this.runLegend.setTheme(theme);
    this.datasetLegend.setTheme(theme);
    this.frames.request();
  }
}

function part(title: string, ...children: HTMLElement[]): HTMLElement {
  return element("section", { class: "part" }, element("h2", {}, title), ...children);
}

function card(label: string, ...children: HTMLElement[]): HTMLElement {
  return element("div", { class: "figure", role: "group", "aria-label": label }, ...children);
}

function note(sentence: string): HTMLElement {
  return element("p", { class: "note" }, sentence);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
