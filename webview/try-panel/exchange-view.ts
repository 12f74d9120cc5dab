import { type TryExchange, type TrySide, trySides } from "../../contracts/try-panel-protocol";
import { Banner } from "../banner";
import { element, setText } from "../element";
import type { TryState } from "./try-state";
import { answerLine, sideTitle } from "./try-text";

interface AnswerParts {
  readonly root: HTMLElement;
  readonly title: HTMLElement;
  readonly text: HTMLElement;
  readonly line: HTMLElement;
  readonly failure: Banner;
}

/** A prompt with its answers side by side. */
export class ExchangeView {
  readonly root: HTMLElement;
  private readonly answers = new Map<TrySide, AnswerParts>();

  constructor(exchange: TryExchange) {
    for (const side of trySides) if (exchange.answers[side]) this.answers.set(side, answerParts());
    const columns = element("div", { class: "grid" }, ...[...this.answers.values()].map(({ root }) => root));
    const kind = exchange.as === "chat" ? "User" : "Text";
    this.root = element(
      "article",
      { class: "exchange", "aria-label": `Prompt ${exchange.id + 1} and its answers` },
      element(
        "div",
        { class: "asked" },
        element("span", { class: "kind" }, kind),
        element("pre", {}, exchange.prompt),
      ),
      columns,
    );
  }

  update(exchange: TryExchange, sides: TryState["sides"]): void {
    for (const [side, parts] of this.answers) {
      const answer = exchange.answers[side];
      if (!answer) continue;
      const title = sideTitle(side, sides[side]);
      setText(parts.title, title);
      parts.root.setAttribute("aria-label", title);
      parts.root.setAttribute("aria-busy", String(answer.end === null));
      setText(parts.text, answer.text);
      parts.text.hidden = answer.text === "";
      setText(parts.line, answerLine(answer, sides[side]));
      parts.failure.show(answer.end?.kind === "failed" ? answer.end : null);
    }
  }
}

function answerParts(): AnswerParts {
  const title = element("h3");
  const text = element("pre", { class: "answer-text" });
  const line = element("p", { class: "note" });
  const failure = new Banner("error");
  const root = element("div", { class: "answer figure", role: "group" }, title, text, failure.root, line);
  return { root, title, text, line, failure };
}
