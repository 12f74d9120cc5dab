import * as path from "node:path";
import type { RunView } from "../../run-view/run-view";
import { findRunsDirectory } from "../find-runs-directory";

/** How to go on with a run, as a command that works from here. */
export function resumeHint(view: RunView, folder: string): string {
  const isFoundById = path.dirname(folder) === findRunsDirectory(undefined);
  return `Go on with it: mos resume ${isFoundById ? view.id : folder}`;
}
