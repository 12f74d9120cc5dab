import type { SideState, TrySide } from "../../contracts/try-panel-protocol";
import { Banner } from "../banner";
import { element, setText } from "../element";
import { sideLine, sideTitle } from "./try-text";

/** One of the two models: what it is, how far it is loaded, or why it is not. */
export class SideHeader {
  readonly root: HTMLElement;
  private readonly title = element("h2");
  private readonly line = element("p", { class: "note" });
  private readonly progress = element("progress", { max: 1 });
  private readonly reload: HTMLButtonElement;
  private readonly failure: Banner;

  constructor(
    private readonly side: TrySide,
    reload: () => void,
  ) {
    this.reload = element("button", { type: "button" }, "Load Again");
    this.reload.addEventListener("click", reload);
    this.failure = new Banner("error");
    const head = element("div", { class: "part-head" }, this.title, this.reload);
    this.root = element(
      "section",
      { class: "side figure" },
      head,
      this.line,
      this.progress,
      this.failure.root,
    );
  }

  update(state: SideState): void {
    const title = sideTitle(this.side, state);
    setText(this.title, title);
    this.root.setAttribute("aria-label", title);
    setText(this.line, sideLine(state));
    this.progress.hidden = state.kind !== "loading";
    this.progress.setAttribute("aria-label", `Loading the model: ${title}`);
    if (state.kind === "loading" && state.share !== null) this.progress.value = state.share;
    else this.progress.removeAttribute("value");
    // A run that goes on writes newer checkpoints; what was before it stays.
    this.reload.hidden = state.kind !== "failed" && !(state.kind === "ready" && this.side === "after");
    setText(this.reload, state.kind === "failed" ? "Try Again" : "Load Again");
    this.failure.show(state.kind === "failed" ? state : null);
  }
}
