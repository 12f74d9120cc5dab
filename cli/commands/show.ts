import { Command } from "commander";
import { runSummary } from "../../run-view/run-summary";
import { exitCodes } from "../exit-code";
import { loadRun } from "../load-run";
import { runPage } from "../terminal/run-page";
import type { MakeCommand } from "./command";

export const showCommand: MakeCommand = (output, done) =>
  new Command("show")
    .description("one run: its mixture, losses, what was drawn, alerts")
    .argument("<run>", "id of the run, the beginning of one, or its folder")
    .option("--runs <folder>", "where the runs are")
    .option("--json", "as JSON, with every update, step and evaluation")
    .action((run: string, options: { runs?: string; json?: true }) => {
      const { view, folder } = loadRun(run, options.runs, output);
      if (options.json) output.out(JSON.stringify(runSummary(view), null, 2));
      else for (const line of runPage(view, folder, output.columns, output.outStyle)) output.out(line);
      done(exitCodes.done);
    });
