import { element, setText } from "./element";

/** A message that must not be missed: what happened, what to do, and at most one button. */
export class Banner {
  readonly root: HTMLElement;
  private readonly message = element("p", { class: "banner-message" });
  private readonly advice = element("p", {});

  constructor(kind: "error" | "warning", button: HTMLButtonElement | null = null) {
    const sign = element("span", { class: "sign", "aria-hidden": "true" }, kind === "error" ? "✕" : "!");
    const text = element("div", {}, this.message, this.advice);
    this.root = element("div", { class: `banner ${kind}`, role: "alert", hidden: true }, sign, text, button);
  }

  /** null hides it. */
  show(content: { message: string; advice: string } | null): void {
    if (content) {
      setText(this.message, content.message);
      setText(this.advice, content.advice);
      this.advice.hidden = content.advice === "";
    }
    this.root.hidden = content === null;
  }
}
