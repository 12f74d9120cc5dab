import type { RunGroup } from "../../run-view/run-groups";
import { element } from "../element";

/** Which run differences and speed-ups are against. */
export class BaselineChoice {
  readonly root: HTMLElement;
  private readonly select = element("select", { id: "baseline" });
  private readonly none = element("option", { value: "", disabled: true }, "no static run yet: choose one");
  private options = "";

  constructor(changed: (key: string) => void) {
    this.select.addEventListener("change", () => changed(this.select.value));
    this.root = element(
      "div",
      { class: "baseline" },
      element("label", { for: "baseline" }, "Baseline"),
      this.select,
    );
  }

  /** Static runs first: a mixture that learns is no baseline for itself, but may be chosen. */
  update(groups: readonly RunGroup[], chosen: string | null): void {
    const options = JSON.stringify(groups.map(({ key, label }) => [key, label]));
    if (options !== this.options) {
      this.options = options;
      const sorted = [...groups].sort((a, b) => Number(b.isStatic) - Number(a.isStatic));
      this.select.replaceChildren(this.none, ...sorted.map(option));
    }
    this.none.hidden = chosen !== null;
    this.root.hidden = groups.length < 2;
    if (this.select.value !== (chosen ?? "")) this.select.value = chosen ?? "";
  }
}

function option({ key, label, isStatic }: RunGroup): HTMLOptionElement {
  return element("option", { value: key }, isStatic ? `${label} (static)` : label);
}
