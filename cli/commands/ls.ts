import { Command } from "commander";
import { type ListedRun, listRuns } from "../../run-folder/find-runs";
import { exitCodes } from "../exit-code";
import { findRunsDirectory } from "../find-runs-directory";
import { statusText } from "../terminal/status-text";
import type { Style } from "../terminal/style";
import { table } from "../terminal/table";
import type { MakeCommand } from "./command";

export const lsCommand: MakeCommand = (output, done) =>
  new Command("ls")
    .description("list runs, oldest first")
    .option("--runs <folder>", "where the runs are (default: the nearest .mos/runs from here upwards)")
    .option("--json", "as JSON")
    .action((options: { runs?: string; json?: true }) => {
      const directory = findRunsDirectory(options.runs);
      const { runs, skipped } = listRuns(directory);
      if (options.json) output.out(JSON.stringify(runs.map(runEntry), null, 2));
      else if (runs.length === 0) output.err(`There are no runs in ${directory}.`);
      else for (const line of runTable(runs, output.outStyle)) output.out(line);
      for (const { folder, reason } of skipped) {
        output.err(`${output.errStyle.warning("skipped:")} ${folder}: ${reason}`);
      }
      done(exitCodes.done);
    });

function runEntry({ record, status, step, steps, folder }: ListedRun) {
  const { name, experiment, hash, config } = record.plan;
  const { runId, created } = record;
  return {
    id: runId,
    name,
    experiment,
    status,
    seed: config.seed,
    step,
    steps,
    planHash: hash,
    created,
    folder,
  };
}

function runTable(runs: readonly ListedRun[], style: Style): string[] {
  return table(
    [
      { title: style.bold("RUN"), align: "left" },
      { title: style.bold("NAME"), align: "left" },
      { title: style.bold("STATUS"), align: "left" },
      { title: style.bold("STEP"), align: "right" },
    ],
    runs.map(({ record, status, step, steps }) => [
      record.runId,
      record.plan.name,
      statusText(status, style),
      `${step}/${steps ?? "?"}`,
    ]),
  );
}
