import { element, setText } from "./element";
import { seriesStyle } from "./series-style";
import type { Theme } from "./theme";

/** A table cell with a number and a bar under it. The number says everything; the bar is for the eye. */
export function barCell(text: string, share: number, palette: number, theme: Theme): HTMLTableCellElement {
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span"));
  const cell = element("td", { class: "bar-cell" }, element("span", { class: "number" }, text), bar);
  updateBarCell(cell, text, share, palette, theme);
  return cell;
}

/** `share`: length of the bar in [0, 1]. */
export function updateBarCell(
  cell: HTMLTableCellElement,
  text: string,
  share: number,
  palette: number,
  theme: Theme,
): void {
  setText(cell.firstElementChild!, text);
  const fill = cell.lastElementChild!.firstElementChild as HTMLElement;
  fill.style.width = `${100 * Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0))}%`;
  fill.style.backgroundColor = seriesStyle(theme, palette).color;
}
