import type { Plan } from "../../contracts/plan";
import { element } from "../element";
import { configEntries } from "./config-entries";

/** The resolved config, closed at first: it is long and never changes. */
export function configSection(plan: Plan): HTMLElement {
  const rows = configEntries(plan).map(({ address, value, origin }) =>
    element(
      "tr",
      { class: address in plan.overrides ? "overridden" : null },
      element("th", { scope: "row" }, address),
      element("td", { class: "text" }, value),
      element("td", { class: "text" }, origin),
    ),
  );
  const head = ["Address", "Value", "From"].map((column) => element("th", { scope: "col" }, column));
  return element(
    "details",
    { class: "part config" },
    element("summary", {}, element("h2", {}, "Resolved config")),
    element("p", { class: "note" }, `Plan ${plan.hash.slice(0, 8)} of ${plan.file}`),
    element(
      "div",
      { class: "table-scroll", role: "region", tabindex: 0, "aria-label": "Resolved config" },
      element(
        "table",
        { class: "text-table" },
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...rows),
      ),
    ),
  );
}
