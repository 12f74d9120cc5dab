import { element } from "./element";

export interface Choice<T extends string> {
  value: T;
  label: string;
}

/** A few buttons of which one is pressed: how a chart is drawn. */
export function toggleGroup<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  chosen: T,
  changed: (value: T) => void,
): HTMLElement {
  const buttons = choices.map(({ value, label }) => {
    const button = element("button", { type: "button", "aria-pressed": String(value === chosen) }, label);
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      changed(value);
    });
    return button;
  });
  return element("div", { class: "toggle-group", role: "group", "aria-label": label }, ...buttons);
}
