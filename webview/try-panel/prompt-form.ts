import type { FromTryPanel, PromptKind, TrySampling } from "../../contracts/try-panel-protocol";
import { element } from "../element";

type Write = Extract<FromTryPanel, { type: "write" }>;

interface NumberField {
  readonly name: keyof TrySampling;
  readonly label: string;
  readonly hint: string;
  readonly value: number;
  readonly min: number;
  readonly max: number | null;
  readonly step: number | "any";
}

const fields: readonly NumberField[] = [
  {
    name: "maxTokens",
    label: "Most tokens",
    hint: "Where an answer is cut.",
    value: 128,
    min: 1,
    max: null,
    step: 1,
  },
  {
    name: "temperature",
    label: "Temperature",
    hint: "0 takes the most probable token always; 1 draws as the model believes.",
    value: 0,
    min: 0,
    max: null,
    step: "any",
  },
  {
    name: "topP",
    label: "Top p",
    hint: "Draws only from the most probable tokens that together reach this probability.",
    value: 1,
    min: 0.01,
    max: 1,
    step: "any",
  },
  {
    name: "seed",
    label: "Seed",
    hint: "The same seed draws the same text.",
    value: 0,
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
  },
];

/** What is asked, and how the answers are drawn. Control or Command with Enter writes. */
export class PromptForm {
  readonly root: HTMLFormElement;
  private readonly prompt = element("textarea", {
    id: "prompt",
    rows: 4,
    required: true,
    spellcheck: "false",
  });
  private readonly kind = element(
    "select",
    { id: "kind" },
    element("option", { value: "chat" }, "as a user's turn, in the model's chat template"),
    element("option", { value: "text" }, "as it is, to be continued"),
  );
  private readonly inputs = new Map(fields.map((field) => [field.name, numberInput(field)]));
  private readonly write = element("button", { type: "button", class: "primary" }, "Write");
  private readonly stop = element("button", { type: "button" }, "Stop");
  private readonly clear = element("button", { type: "button" }, "Clear");
  private kindChosen = false;

  constructor(post: (message: FromTryPanel) => void) {
    this.root = element(
      "form",
      { class: "prompt figure", "aria-label": "What to ask" },
      element("label", { for: "prompt" }, "Prompt"),
      this.prompt,
      element(
        "div",
        { class: "prompt-kind" },
        element("label", { for: "kind" }, "Given to the model"),
        this.kind,
      ),
      element(
        "details",
        { class: "sampling" },
        element("summary", {}, "How the answer is drawn"),
        element(
          "div",
          { class: "fields" },
          ...fields.map((field) => labelled(field, this.inputs.get(field.name)!)),
        ),
      ),
      element(
        "div",
        { class: "buttons" },
        this.write,
        this.stop,
        this.clear,
        element("span", { class: "note" }, "Ctrl+Enter writes"),
      ),
    );
    // Webviews submit no forms.
    const write = () => {
      if (!this.write.disabled && this.root.reportValidity()) post(this.message());
    };
    this.write.addEventListener("click", write);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      write();
    });
    this.kind.addEventListener("change", () => {
      this.kindChosen = true;
    });
    this.stop.addEventListener("click", () => post({ type: "stop" }));
    this.clear.addEventListener("click", () => post({ type: "clear" }));
  }

  /** `hasTemplate`: null while no model is loaded. What the user has chosen stays. */
  update(state: { writing: boolean; empty: boolean; hasTemplate: boolean | null }): void {
    this.write.disabled = state.writing;
    this.stop.disabled = !state.writing;
    this.clear.disabled = state.empty;
    if (!this.kindChosen && state.hasTemplate !== null) this.kind.value = state.hasTemplate ? "chat" : "text";
  }

  private message(): Write {
    const numberIn = (name: keyof TrySampling) => this.inputs.get(name)!.valueAsNumber;
    const topP = numberIn("topP");
    return {
      type: "write",
      prompt: this.prompt.value,
      as: this.kind.value as PromptKind,
      sampling: {
        maxTokens: numberIn("maxTokens"),
        temperature: numberIn("temperature"),
        topP: topP === 1 ? null : topP,
        seed: numberIn("seed"),
      },
    };
  }
}

function numberInput({ name, value, min, max, step }: NumberField): HTMLInputElement {
  return element("input", { type: "number", id: name, value, min, max, step, required: true });
}

function labelled({ name, label, hint }: NumberField, input: HTMLInputElement): HTMLElement {
  input.setAttribute("aria-describedby", `${name}-hint`);
  return element(
    "div",
    { class: "field" },
    element("label", { for: name }, label),
    input,
    element("p", { class: "note", id: `${name}-hint` }, hint),
  );
}
