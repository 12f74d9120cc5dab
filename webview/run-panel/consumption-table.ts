import type { DatasetView, RunView } from "../../run-view/run-view";
import { element } from "../element";
import { LiveTable, type TableRow } from "../live-table";
import { formatCount, formatEpochs, formatShare } from "../number-format";
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
/** Shown where there is something to count. */
const cutColumn = "Cut at the length";
const leftOutColumn = "Rows left out";

/** What the run has really consumed: share of examples beside share of tokens, and passes over each dataset. */
export class ConsumptionTable {
  readonly root: HTMLElement;
  private readonly empty = element("p", { class: "empty" }, "Nothing has been drawn yet.");
  private readonly table = new LiveTable({ label: "Epochs and shares per dataset" });

  constructor() {
    const note = element(
      "p",
      { class: "note" },
      "Examples differ in length, so the share of examples is not the share of tokens. One epoch is one pass over a dataset.",
    );
    this.root = element(
      "section",
      { class: "figure", "aria-label": "Consumption" },
      element("header", {}, element("h3", {}, "Epochs and shares per dataset")),
      note,
      this.empty,
      this.table.root,
    );
  }

  update(view: RunView, names: readonly string[], theme: Theme): void {
    const hasDrawn = view.step > 0 && view.datasets.length > 0;
    this.empty.hidden = hasDrawn;
    this.table.root.hidden = !hasDrawn;
    if (hasDrawn) this.table.update(consumptionColumns(view), consumptionRows(view, names), theme);
  }

  themeChanged(): void {
    this.table.themeChanged();
  }
}

export function consumptionColumns(view: RunView): string[] {
  return [
    ...columns,
    ...(hasCut(view) ? [cutColumn] : []),
    ...(view.datasets.some(leftOut) ? [leftOutColumn] : []),
  ];
}

export function consumptionRows(view: RunView, names: readonly string[]): TableRow[] {
  const [showsCut, showsLeftOut] = [hasCut(view), view.datasets.some(leftOut)];
  const mostEpochs = Math.max(1, ...view.datasets.map(({ epochs }) => epochs));
  return view.datasets.map((dataset) => {
    const palette = Math.max(0, names.indexOf(dataset.name));
    const share = (value: number) => ({ text: formatShare(value), bar: { share: value, palette } });
    return {
      key: dataset.name,
      name: dataset.name,
      palette,
      cells: [
        share(dataset.p),
        share(dataset.exampleShare),
        share(dataset.tokenShare),
        { text: formatEpochs(dataset.epochs), bar: { share: dataset.epochs / mostEpochs, palette } },
        { text: formatCount(dataset.drawn) },
        { text: formatCount(dataset.size) },
        ...(showsCut ? [{ text: cutText(dataset) }] : []),
        ...(showsLeftOut ? [{ text: formatCount(leftOut(dataset)) }] : []),
      ],
    };
  });
}

function hasCut({ datasets }: RunView): boolean {
  return datasets.some(({ truncated }) => truncated !== 0);
}

function cutText({ truncated, size }: DatasetView): string {
  if (truncated === null) return "not known yet";
  return truncated === 0 ? "0" : `${formatCount(truncated)} (${formatShare(truncated / size)})`;
}

function leftOut({ malformed, duplicates, dropped }: DatasetView): number {
  return malformed + duplicates + (dropped ?? 0);
}
