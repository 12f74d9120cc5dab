import { Command } from "commander";
import { exitCodes } from "../exit-code";
import { FollowedRun, followRuns } from "../follow-runs";
import { loadRun } from "../load-run";
import { chooseDisplay } from "../terminal/run-display";
import type { MakeCommand } from "./command";
import { exitCodeOf, reportEnd } from "./run-end";

export const attachCommand: MakeCommand = (output, done) =>
  new Command("attach")
    .description("follow a run that was started elsewhere; Ctrl-C leaves it running")
    .argument("<run>", "id of the run, the beginning of one, or its folder")
    .option("--runs <folder>", "where the runs are")
    .option("--json", "JSON lines: events, status and progress")
    .action(async (run: string, options: { runs?: string; json?: true }) => {
      const { folder } = loadRun(run, options.runs, output);
      const runs = [new FollowedRun(folder)];
      const end = await followRuns(runs, chooseDisplay(runs, output, options.json === true), {
        onInterrupt: "detach",
        interrupts: process,
      });
      if (end === "left") {
        output.err("Detached; the run goes on.");
        done(exitCodes.cancelled);
        return;
      }
      reportEnd(runs, output);
      done(exitCodeOf(end, runs));
    });
