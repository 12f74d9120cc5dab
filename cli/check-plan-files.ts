/** What can be known of the files of plans before anything is started; the host finds the rest. */
import * as path from "node:path";
import type { DatasetQuestion } from "../contracts/data-inspection";
import type { DatasetConfig, Plan } from "../contracts/plan";
import type { Inspector } from "../language-server/workspace/data-inspector";
import {
  heldOutQuestion,
  modelQuestion,
  rowsQuestion,
} from "../language-server/workspace/inspection-questions";
import { shownFile } from "./print-diagnostics";

/** Sentences with the place in the `.mos` file that names what is missing or wrong; none: all is well. */
export async function planFileProblems(plans: readonly Plan[], inspector: Inspector): Promise<string[]> {
  const problems = new Set<string>();
  for (const plan of plans) {
    for (const problem of await problemsOf(plan, inspector)) problems.add(problem);
  }
  return [...problems];
}

async function problemsOf(plan: Plan, inspector: Inspector): Promise<string[]> {
  const { config, baseDirectory } = plan;
  const { model, data } = config;
  const problems: string[] = [];
  const weights = modelQuestion(model, baseDirectory);
  if (weights) {
    const facts = await inspector.model(weights).catch(leaveToHost);
    const { problem = null, adapterProblem = null } = facts ?? {};
    if (problem && problem.kind !== "not-downloaded")
      problems.push(`${placeOf(plan, "model.path", "model.hub.repository", "model")}${problem.message}`);
    if (adapterProblem)
      problems.push(`${placeOf(plan, "model.lora.from", "model")}${adapterProblem.message}`);
  }
  for (const dataset of data) {
    const places = (key: string) => placeOf(plan, `data.${dataset.name}.${key}`, "data");
    const rows = await dataProblem(rowsQuestion(dataset, baseDirectory), dataset, inspector);
    if (rows) problems.push(`${places(dataset.hub ? "hub.repository" : "path")}${rows}`);
    const heldOut = await dataProblem(heldOutQuestion(dataset, baseDirectory), dataset, inspector);
    if (heldOut) problems.push(`${places("dev")}${heldOut}`);
  }
  return problems;
}

/** What keeps a run from starting; what it will download is not looked at before. */
async function dataProblem(
  question: DatasetQuestion | null,
  { malformed }: DatasetConfig,
  inspector: Inspector,
): Promise<string | null> {
  if (!question) return null;
  const facts = await inspector.dataset(question).catch(leaveToHost);
  if (!facts) return null;
  const { problem, checked } = facts;
  if (!problem || problem.kind === "not-downloaded") return null;
  const isLeftOut = problem.kind === "row" && malformed === "skip" && checked.malformed < checked.rows;
  return isLeftOut ? null : problem.message;
}

/** What could not be looked at here is looked at when the run starts. */
function leaveToHost(): null {
  return null;
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
