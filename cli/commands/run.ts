import * as path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Plan } from "../../contracts/plan";
import { DEFAULT_RUNS_DIRECTORY } from "../../contracts/run-folder";
import { compareRunsAndGroups, comparisonJson, withoutDifferences } from "../comparison";
import { exitCodes } from "../exit-code";
import { FollowedRun, followRuns } from "../follow-runs";
import { type LaunchedRun, launchRuns } from "../launch-runs";
import { comparisonText } from "../terminal/comparison-tables";
import type { Output } from "../terminal/output";
import { chooseDisplay } from "../terminal/run-display";
import type { MakeCommand } from "./command";
import { type PlanOptions, withPlanOptions } from "./plan-options";
import { exitCodeOf, reportEnd } from "./run-end";

interface RunOptions extends PlanOptions {
  runs?: string;
  parallel?: number;
  detach?: true;
  json?: true;
}

export const runCommand: MakeCommand = (output, done) =>
  withPlanOptions(new Command("run"))
    .description("train what the file asks for; with no name every experiment with its ablations and sweeps")
    .option("--runs <folder>", `where the runs go (default: ${DEFAULT_RUNS_DIRECTORY} beside the file)`)
    .option("--parallel <number>", "runs at the same time (default: what the file says)", positiveInteger)
    .option("--detach", "return at once; `mos attach` follows a run")
    .option("--json", "JSON lines: the runs, events, status and progress, at the end the comparison")
    .action(async (file: string, names: string[], options: RunOptions) => {
      const { readPlans } = await import("../read-plans");
      const plans = readPlans(file, names, options, output);
      if (plans === null || !(await areFilesThere(plans, output))) return done(exitCodes.badInput);
      const launched = await launchRuns({
        kind: "run",
        plans,
        runsDirectory: path.resolve(options.runs ?? path.join(path.dirname(file), DEFAULT_RUNS_DIRECTORY)),
        parallel: options.parallel ?? null,
      });
      if (options.json) for (const run of launched) output.out(JSON.stringify({ type: "run", ...run }));
      if (options.detach) {
        if (!options.json) reportDetached(launched, output);
        return done(exitCodes.done);
      }
      const runs = launched.map(({ folder }) => new FollowedRun(folder));
      const end = await followRuns(runs, chooseDisplay(runs, output, options.json === true), {
        onInterrupt: "stop",
        interrupts: process,
      });
      reportResults(runs, options.json === true, output);
      reportEnd(runs, output);
      done(exitCodeOf(end, runs));
    });

async function areFilesThere(plans: readonly Plan[], output: Output): Promise<boolean> {
  const { planFileProblems } = await import("../check-plan-files");
  const { DataInspector } = await import("../../language-server/workspace/data-inspector");
  const inspector = new DataInspector();
  const problems = await planFileProblems(plans, inspector).finally(() => inspector.dispose());
  for (const problem of problems) output.err(`${output.errStyle.bad("error:")} ${problem}`);
  return problems.length === 0;
}

function reportDetached(launched: readonly LaunchedRun[], output: Output): void {
  for (const { runId, name, folder } of launched) output.out(`${runId}  ${name}  ${folder}`);
}

/** The comparison when there is something to compare, and where the runs are. */
function reportResults(runs: readonly FollowedRun[], json: boolean, output: Output): void {
  const begun = runs.filter(({ view }) => view.evaluations.length > 0);
  if (begun.length > 1) {
    const compared = begun.map(({ view, record }) => ({ view, plan: record.plan }));
    const comparison = compareRunsAndGroups(compared, null);
    if (json) output.out(JSON.stringify({ type: "comparison", comparison: comparisonJson(comparison) }));
    else output.out(["", ...comparisonText(withoutDifferences(comparison), output.outStyle)].join("\n"));
  }
  if (json) return;
  output.out("");
  for (const { folder } of runs) output.out(shortest(folder));
}

/** The path from here, where that is shorter. */
function shortest(folder: string): string {
  const relative = path.relative(process.cwd(), folder);
  return relative.length < folder.length ? relative : folder;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}
