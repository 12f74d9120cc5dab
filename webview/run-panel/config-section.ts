import type { Plan } from "../../contracts/plan";
import { hubSourceText } from "../../run-view/hub-source-text";
import { machineText, passedOverTexts } from "../../run-view/machine-text";
import type { MachineView, RunView } from "../../run-view/run-view";
import { element } from "../element";
import { configEntries } from "./config-entries";

/** The resolved config, closed at first: it is long and never changes. Above it, what computes the run, and what came from the Hub. */
export class ConfigSection {
  readonly root: HTMLElement;
  private readonly machine = element("dl", { class: "facts machine" });
  private shown: MachineView | null = null;

  constructor(plan: Plan) {
    this.root = configDetails(plan, this.machine);
  }

  update({ machine, sources }: Pick<RunView, "machine" | "sources">): void {
    this.machine.hidden = machine === null;
    if (machine === null || machine === this.shown) return;
    this.shown = machine;
    const facts = [...machineFacts(machine), ...hubFacts(sources)].map(([term, texts]) =>
      element("div", {}, element("dt", {}, term), ...texts.map((text) => element("dd", {}, text))),
    );
    this.machine.replaceChildren(...facts);
  }
}

export function machineFacts(machine: MachineView): [term: string, texts: string[]][] {
  const { node, product, host } = machine;
  const facts: [string, string[]][] = [
    ["Computed by", [machineText(machine)]],
    ["Passed over", passedOverTexts(machine)],
    ["On", [`${host}, Node.js ${node}, version ${product}`]],
  ];
  return facts.filter(([, texts]) => texts.length > 0);
}

function hubFacts(sources: RunView["sources"]): [term: string, texts: string[]][] {
  return sources.length === 0 ? [] : [["From the Hub", sources.map(hubSourceText)]];
}

function configDetails(plan: Plan, machine: HTMLElement): HTMLElement {
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
    machine,
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
