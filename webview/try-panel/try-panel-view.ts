import { type FromTryPanel, type ToTryPanel, trySides } from "../../contracts/try-panel-protocol";
import { LiveRegion } from "../accessibility/live-region";
import { Banner } from "../banner";
import { element, setText } from "../element";
import { FrameScheduler } from "../frame-scheduler";
import type { PanelChannel } from "../vscode-api";
import { ExchangeView } from "./exchange-view";
import { PromptForm } from "./prompt-form";
import { SideHeader } from "./side-header";
import { afterTryMessage, isWriting, type TryState } from "./try-state";
import { answerLine, invitation, sideTitle } from "./try-text";

/** Asks a run's model the same before and after training, and shows the answers side by side while they are written. */
export class TryPanel {
  private readonly live = new LiveRegion();
  private readonly problem = new Banner("error");
  private readonly title = element("h1", {}, "Try the Model");
  private readonly form: PromptForm;
  private readonly sides;
  private readonly empty = element("p", { class: "empty" });
  /** The newest first: it stands right under the prompt. */
  private readonly exchanges = element("div", { class: "exchanges" });
  private readonly views = new Map<number, ExchangeView>();
  private readonly frames = new FrameScheduler(() => this.draw());
  private state: TryState | null = null;

  constructor(private readonly channel: PanelChannel<ToTryPanel, FromTryPanel>) {
    this.form = new PromptForm((message) => channel.post(message));
    this.sides = trySides.map((side) => ({
      side,
      header: new SideHeader(side, () => channel.post({ type: "reload", side })),
    }));
  }

  open(): void {
    document.documentElement.lang ||= "en";
    const headers = element("div", { class: "grid" }, ...this.sides.map(({ header }) => header.root));
    const main = element(
      "main",
      {},
      this.problem.root,
      this.title,
      headers,
      this.form.root,
      this.empty,
      this.exchanges,
    );
    document.body.append(this.live.root, main);
    this.channel.listen(
      (message) => this.receive(message),
      (message) => this.problem.show({ message, advice: "" }),
    );
  }

  private receive(message: ToTryPanel): void {
    this.state = afterTryMessage(this.state, message);
    this.announce(message);
    this.frames.request();
  }

  /** Screen readers hear whole answers, not every piece of them. */
  private announce(message: ToTryPanel): void {
    if (this.state === null || message.type !== "answer" || message.answer.end === null) return;
    const state = this.state.sides[message.side];
    const { end, text } = message.answer;
    const outcome = end.kind === "failed" ? end.message : `${text} (${answerLine(message.answer, state)})`;
    this.live.say(`${sideTitle(message.side, state)}: ${outcome}`);
  }

  private draw(): void {
    const { state } = this;
    if (state === null) return;
    setText(this.title, `Try ${state.run}`);
    for (const { side, header } of this.sides) header.update(state.sides[side]);
    this.form.update({
      writing: isWriting(state),
      empty: state.exchanges.length === 0,
      hasTemplate: hasTemplate(state),
    });
    this.empty.hidden = state.exchanges.length > 0;
    setText(this.empty, invitation(state));
    this.drawExchanges(state);
  }

  private drawExchanges({ exchanges, sides }: TryState): void {
    const ids = new Set(exchanges.map(({ id }) => id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      view.root.remove();
      this.views.delete(id);
    }
    for (const exchange of exchanges) {
      const known = this.views.get(exchange.id);
      const view = known ?? new ExchangeView(exchange);
      if (!known) {
        this.views.set(exchange.id, view);
        this.exchanges.prepend(view.root);
      }
      view.update(exchange, sides);
    }
  }
}

/** Of the model that is loaded; null while none is. */
function hasTemplate({ sides }: TryState): boolean | null {
  for (const side of trySides) {
    const state = sides[side];
    if (state.kind === "ready") return state.model.hasChatTemplate;
  }
  return null;
}
