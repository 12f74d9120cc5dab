import * as fs from "node:fs";
import * as path from "node:path";
import { DEFAULT_RUNS_DIRECTORY } from "../contracts/run-folder";

/**
 * Where commands that name no file look for runs: what `--runs` says, else the nearest `.mos/runs` from the working directory
 * upwards, as version control finds its folder; if there is none, that of the working directory.
 */
export function findRunsDirectory(
  named: string | undefined,
  workingDirectory: string = process.cwd(),
): string {
  if (named !== undefined) return path.resolve(workingDirectory, named);
  for (let folder = workingDirectory; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, DEFAULT_RUNS_DIRECTORY);
    if (fs.existsSync(candidate)) return candidate;
    if (path.dirname(folder) === folder) return path.join(workingDirectory, DEFAULT_RUNS_DIRECTORY);
  }
}
