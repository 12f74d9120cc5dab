import type { ChartTable } from "../charts/data/chart-table";
import { element } from "../element";

/** The numbers of a chart as a table in a region that scrolls, also with the keyboard. */
export function dataTable(title: string, { columns, rows, leftOut }: ChartTable): HTMLElement {
  const note = leftOut > 0 ? `${rows.length} of ${rows.length + leftOut} steps, evenly spread.` : "";
  return element(
    "div",
    { class: "data-table", role: "region", tabindex: 0, "aria-label": `${title}, data` },
    element(
      "table",
      {},
      element("caption", {}, `${title}. ${note}`),
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column))),
      ),
      element("tbody", {}, ...rows.map(row)),
    ),
  );
}

function row([step, ...values]: string[]): HTMLElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, step),
    ...values.map((value) => element("td", {}, value)),
  );
}
