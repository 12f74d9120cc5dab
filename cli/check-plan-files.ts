/** What can be known of the files of plans before anything is started; the host finds the rest. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Plan } from "../contracts/plan";
import { DataFileChecks } from "../language-server/workspace/data-file-check";
import { shownFile } from "./print-diagnostics";

/** Sentences with the place in the `.mos` file that names what is missing or wrong; none: all is well. */
export async function planFileProblems(plans: readonly Plan[]): Promise<string[]> {
  const files = new DataFileChecks();
  const problems = new Set<string>();
  for (const plan of plans) {
    for (const problem of await problemsOf(plan, files)) problems.add(problem);
  }
  return [...problems];
}

async function problemsOf(plan: Plan, files: DataFileChecks): Promise<string[]> {
  const { config, baseDirectory } = plan;
  const problems: string[] = [];
  const model = modelProblem(config.model.path, baseDirectory);
  if (model !== null) problems.push(`${placeOf(plan, "model.path", "model")}${model}`);
  for (const { name, path: written, dev, format } of config.data) {
    for (const [key, file] of [
      ["path", written],
      ["dev", dev],
    ] as const) {
      if (file === null) continue;
      const { problem } = await files.check(path.resolve(baseDirectory, file), file, format);
      if (problem) problems.push(`${placeOf(plan, `data.${name}.${key}`, "data")}${problem.message}`);
    }
  }
  return problems;
}

function modelProblem(folder: string | null, baseDirectory: string): string | null {
  if (folder === null) return null;
  const absolute = path.resolve(baseDirectory, folder);
  if (!fs.existsSync(absolute)) {
    return `The model folder \`${folder}\` does not exist; it was looked for at ${absolute}.`;
  }
  if (fs.existsSync(path.join(absolute, "config.json"))) return null;
  return `The folder \`${folder}\` has no config.json, so it is no model in the Hugging Face format.`;
}

/** `quickstart.mos:12: `, where the value was given, or else the statement above it. */
function placeOf({ origins, baseDirectory, file }: Plan, ...addresses: readonly string[]): string {
  for (const address of addresses) {
    const origin = origins[address];
    if (origin === undefined || origin.layer === "default") continue;
    if (origin.layer === "set") return "--set: ";
    return `${shownFile(path.resolve(baseDirectory, origin.file))}:${origin.line}: `;
  }
  return `${shownFile(file)}: `;
}
