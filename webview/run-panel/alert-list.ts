import type { AlertKind } from "../../contracts/run-event";
import type { AlertView } from "../../run-view/run-view";
import { element } from "../element";

const kindWords: Readonly<Record<AlertKind, string>> = {
  "noisy-reward": "Noisy reward",
  "equal-rewards": "Rewards nearly equal",
  "hard-start": "Hard at the start",
  "clamped-reward": "Reward raised to the floor",
  "skipped-update": "Update skipped",
  collapse: "Collapse",
  "unstable-mixture": "Unstable mixture",
  "loss-spike": "Loss spike",
  "many-epochs": "Many epochs",
  truncated: "Examples cut",
  "no-held-out": "No held-out data",
  overlap: "Held-out data is trained on",
  malformed: "Malformed rows left out",
  duplicates: "Rows that are equal",
  "other-backend": "Computed by another backend",
};

/** The host's alerts, newest first; each leads to its step in the charts. */
export class AlertList {
  readonly root: HTMLElement;
  private readonly list = element("ul", { class: "alerts" });
  private readonly empty = element("p", { class: "empty" }, "No alerts.");
  private shown: readonly AlertView[] = [];

  constructor(private readonly jump: (step: number) => void) {
    this.root = element("section", { class: "figure", "aria-label": "Alerts" }, this.empty, this.list);
  }

  update(alerts: readonly AlertView[]): void {
    if (alerts.length === this.shown.length && alerts.at(-1)?.seq === this.shown.at(-1)?.seq) return;
    this.shown = alerts;
    this.empty.hidden = alerts.length > 0;
    this.list.hidden = alerts.length === 0;
    this.list.replaceChildren(...alerts.toReversed().map((alert) => this.item(alert)));
  }

  private item({ step, kind, dataset, message }: AlertView): HTMLElement {
    const button = element(
      "button",
      { type: "button", class: "link", "aria-label": `Step ${step}: show in the charts` },
      `Step ${step}`,
    );
    button.addEventListener("click", () => this.jump(step));
    const title = element(
      "strong",
      {},
      dataset === null ? kindWords[kind] : `${kindWords[kind]}: ${dataset}`,
    );
    return element(
      "li",
      {},
      element("div", { class: "alert-head" }, title, button),
      element("p", {}, message),
    );
  }
}
