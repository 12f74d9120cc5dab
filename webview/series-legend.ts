import { element } from "./element";
import { seriesSwatch } from "./series-swatch";
import type { Theme } from "./theme";

export interface LegendItem {
  name: string;
  label: string;
}

/** One legend for every chart of the panel: buttons that show and hide a dataset (or a run) everywhere. */
export class SeriesLegend {
  readonly root: HTMLElement;
  readonly hidden = new Set<string>();
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private items: readonly LegendItem[] = [];
  private readonly showAll = element("button", { type: "button", class: "link", hidden: true }, "Show all");

  constructor(
    private readonly title: string,
    private readonly changed: () => void,
  ) {
    this.root = element("div", { class: "legend", role: "group", "aria-label": `${title}: show and hide` });
    this.showAll.addEventListener("click", () => {
      this.hidden.clear();
      this.refresh();
      this.buttons.values().next().value?.focus();
    });
  }

  /** `items` in palette order. */
  setItems(items: readonly LegendItem[], theme: Theme): void {
    this.items = items;
    this.buttons.clear();
    const label = element("span", { class: "legend-title", "aria-hidden": "true" }, this.title);
    const hint = element(
      "span",
      { class: "hint" },
      "Drag in a chart to zoom, double-click for the whole run.",
    );
    const buttons = items.map((item, index) => this.button(item, index, theme));
    this.root.replaceChildren(label, ...buttons, this.showAll, hint);
    this.refreshButtons();
  }

  setTheme(theme: Theme): void {
    this.items.forEach(({ name }, index) => {
      this.buttons.get(name)!.querySelector("svg")!.replaceWith(seriesSwatch(theme, index));
    });
  }

  private button(item: LegendItem, index: number, theme: Theme): HTMLButtonElement {
    const swatch = seriesSwatch(theme, index);
    const button = element("button", { type: "button", class: "legend-item" }, swatch, item.label);
    button.addEventListener("click", () => {
      if (!this.hidden.delete(item.name)) this.hidden.add(item.name);
      this.refresh();
    });
    this.buttons.set(item.name, button);
    return button;
  }

  private refresh(): void {
    this.refreshButtons();
    this.changed();
  }

  private refreshButtons(): void {
    for (const [name, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(!this.hidden.has(name)));
    }
    this.showAll.hidden = this.hidden.size === 0;
  }
}
