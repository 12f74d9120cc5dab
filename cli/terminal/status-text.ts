import type { RunStatus } from "../../contracts/run-folder";
import type { Style } from "./style";

/** The status in the colour of what it means: over and well, over and not, or on the way. */
export function statusText(status: RunStatus, style: Style): string {
  switch (status) {
    case "finished":
      return style.good(status);
    case "failed":
      return style.bad(status);
    case "stopped":
    case "interrupted":
    case "stopping":
      return style.warning(status);
    case "queued":
      return style.dim(status);
    case "running":
      return style.bold(status);
  }
}
