import type { RunStatus } from "../contracts/run-folder";
import { element, setText } from "./element";
import { statusSigns, statusWords } from "./run-status-text";

export function statusBadge(status?: RunStatus): HTMLElement {
  const badge = element(
    "span",
    { class: "badge" },
    element("span", { class: "sign", "aria-hidden": "true" }),
    element("span"),
  );
  if (status) updateStatusBadge(badge, status);
  return badge;
}

export function updateStatusBadge(badge: HTMLElement, status: RunStatus): void {
  badge.dataset.status = status;
  setText(badge.firstElementChild!, statusSigns[status]);
  setText(badge.lastElementChild!, statusWords[status]);
}
