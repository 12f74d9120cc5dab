import { element, setText } from "../element";

/** Says changes to screen readers, politely: status changes and alerts, never the numbers that change four times a second. */
export class LiveRegion {
  readonly root = element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });

  say(text: string): void {
    setText(this.root, text);
  }
}
