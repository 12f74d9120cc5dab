import type { RunView } from "../../run-view/run-view";
import { barCell } from "../bar-cell";
import { element } from "../element";
import { formatCount, formatEpochs, formatShare } from "../number-format";
import { seriesSwatch } from "../series-swatch";
import type { Theme } from "../theme";

const columns = [
  "Dataset",
  "Probability now",
  "Share of examples",
  "Share of tokens",
  "Epochs",
  "Drawn",
  "Size",
];

/** What the run has really consumed: share of examples beside share of tokens, and passes over each dataset. */
export class ConsumptionTable {
  readonly root: HTMLElement;
  private readonly body = element("tbody");
  private readonly empty = element("p", { class: "empty" }, "Nothing has been drawn yet.");
  private readonly table: HTMLElement;

  constructor() {
    const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)));
    this.table = element(
      "div",
      { class: "table-scroll", role: "region", tabindex: 0, "aria-label": "Consumption per dataset" },
      element("table", { class: "bars" }, element("thead", {}, head), this.body),
    );
    const note = element(
      "p",
      { class: "note" },
      "Examples differ in length, so the share of examples is not the share of tokens. One epoch is one pass over a dataset.",
    );
    this.root = element(
      "section",
      { class: "figure wide", "aria-label": "Consumption" },
      element("header", {}, element("h3", {}, "Epochs and shares per dataset")),
      note,
      this.empty,
      this.table,
    );
  }

  update(view: RunView, names: readonly string[], theme: Theme): void {
    const hasDrawn = view.step > 0 && view.datasets.length > 0;
    this.empty.hidden = hasDrawn;
    this.table.hidden = !hasDrawn;
    if (!hasDrawn) return;
    const mostEpochs = Math.max(1, ...view.datasets.map(({ epochs }) => epochs));
    const rows = view.datasets.map((dataset) => {
      const palette = Math.max(0, names.indexOf(dataset.name));
      const bar = (text: string, share: number) => barCell(text, share, palette, theme);
      return element(
        "tr",
        {},
        element("th", { scope: "row" }, seriesSwatch(theme, palette), dataset.name),
        bar(formatShare(dataset.p), dataset.p),
        bar(formatShare(dataset.exampleShare), dataset.exampleShare),
        bar(formatShare(dataset.tokenShare), dataset.tokenShare),
        bar(formatEpochs(dataset.epochs), dataset.epochs / mostEpochs),
        element("td", {}, formatCount(dataset.drawn)),
        element("td", {}, formatCount(dataset.size)),
      );
    });
    this.body.replaceChildren(...rows);
  }
}
