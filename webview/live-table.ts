import type { RunStatus } from "../contracts/run-folder";
import { barCell, updateBarCell } from "./bar-cell";
import { element, setText } from "./element";
import { seriesSwatch } from "./series-swatch";
import { statusBadge, updateStatusBadge } from "./status-badge";
import type { Theme } from "./theme";

export interface TableCell {
  text: string;
  /** A bar under the number: its length in [0, 1] and its colour's place in the palette. */
  bar?: { share: number; palette: number };
  /** The best of its column: starred and bold. */
  best?: boolean;
  /** Words instead of a number: aligned left. */
  words?: boolean;
}

export interface TableRow {
  /** Stays the same while the table lives. */
  key: string;
  name: string;
  /** Place in the palette; null: no swatch. */
  palette: number | null;
  /** Shown beside the name when it says more than "finished". */
  status?: RunStatus;
  cells: readonly TableCell[];
}

export interface LiveTableOptions {
  label: string;
  /** Makes the names buttons; gets the row's key. */
  open?: (key: string) => void;
}

/** A table that is updated in place: nobody loses the focus, the scroll position or the place in reading while a run is live. */
export class LiveTable {
  readonly root: HTMLElement;
  private readonly head = element("tr");
  private readonly body = element("tbody");
  private readonly rows = new Map<string, HTMLTableRowElement>();
  private columns = "";

  constructor(private readonly options: LiveTableOptions) {
    const table = element("table", {}, element("thead", {}, this.head), this.body);
    this.root = element(
      "div",
      { class: "table-scroll", role: "region", tabindex: 0, "aria-label": options.label },
      table,
    );
  }

  /** `columns`: the names' first. Columns or rows that come or go rebuild what they must. */
  update(columns: readonly string[], rows: readonly TableRow[], theme: Theme): void {
    const key = JSON.stringify([columns, rows.map((row) => row.cells.map(shape))]);
    if (key !== this.columns) this.rebuild(columns, rows, key);
    const keys = rows.map((row) => row.key);
    for (const known of [...this.rows.keys()]) {
      if (keys.includes(known)) continue;
      this.rows.get(known)!.remove();
      this.rows.delete(known);
    }
    rows.forEach((row, i) => {
      const made = this.rows.get(row.key) ?? this.makeRow(row, theme);
      if (this.body.children[i] !== made) this.body.insertBefore(made, this.body.children[i] ?? null);
      updateRow(made, row, theme);
    });
  }

  /** Swatches are drawn in the theme's colours: the next update makes all rows anew. */
  themeChanged(): void {
    this.columns = "";
  }

  private rebuild(columns: readonly string[], rows: readonly TableRow[], key: string): void {
    this.columns = key;
    const words = rows[0]?.cells.map((cell) => cell.words === true) ?? [];
    this.head.replaceChildren(
      ...columns.map((column, i) =>
        element("th", { scope: "col", class: words[i - 1] ? "text" : null }, column),
      ),
    );
    this.body.replaceChildren();
    this.rows.clear();
  }

  private makeRow(row: TableRow, theme: Theme): HTMLTableRowElement {
    const { open } = this.options;
    const swatch = row.palette === null ? null : seriesSwatch(theme, row.palette);
    const name = open ? element("button", { type: "button", class: "link" }, row.name) : row.name;
    if (name instanceof HTMLElement) name.addEventListener("click", () => open?.(row.key));
    const badge = row.status === undefined ? null : statusBadge();
    const header = element(
      "th",
      { scope: "row" },
      element("span", { class: "row-name" }, swatch, name, badge),
    );
    const made = element("tr", {}, header, ...row.cells.map((cell) => makeCell(cell, theme)));
    this.rows.set(row.key, made);
    return made;
  }
}

function shape(cell: TableCell): string {
  return `${cell.bar ? "bar" : ""}${cell.words ? "words" : ""}`;
}

function makeCell(cell: TableCell, theme: Theme): HTMLTableCellElement {
  if (cell.bar) return barCell(cell.text, cell.bar.share, cell.bar.palette, theme);
  const star = element("span", { class: "star" }, element("span", { "aria-hidden": "true" }, "★ "));
  star.append(element("span", { class: "visually-hidden" }, "lowest: "));
  return element("td", { class: cell.words ? "text" : null }, star, element("span"));
}

function updateRow(made: HTMLTableRowElement, row: TableRow, theme: Theme): void {
  const badge = made.querySelector<HTMLElement>(".badge");
  if (badge && row.status) {
    updateStatusBadge(badge, row.status);
    badge.hidden = row.status === "finished";
  }
  row.cells.forEach((cell, i) => {
    const td = made.children[i + 1] as HTMLTableCellElement;
    if (cell.bar) updateBarCell(td, cell.text, cell.bar.share, cell.bar.palette, theme);
    else updatePlainCell(td, cell);
  });
}

function updatePlainCell(td: HTMLTableCellElement, cell: TableCell): void {
  td.classList.toggle("best", cell.best === true);
  (td.firstElementChild as HTMLElement).hidden = cell.best !== true;
  setText(td.lastElementChild!, cell.text);
}
