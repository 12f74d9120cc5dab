import { Command } from "commander";
import { exitCodes } from "../exit-code";
import { FollowedRun, followRuns } from "../follow-runs";
import { launchRuns } from "../launch-runs";
import { loadRun } from "../load-run";
import { chooseDisplay } from "../terminal/run-display";
import type { MakeCommand } from "./command";
import { exitCodeOf, reportEnd } from "./run-end";

interface ResumeOptions {
  runs?: string;
  anyBackend?: true;
  detach?: true;
  json?: true;
}

export const resumeCommand: MakeCommand = (output, done) =>
  new Command("resume")
    .description("go on with a run that was stopped or interrupted, from its last checkpoint")
    .argument("<run>", "id of the run, the beginning of one, or its folder")
    .option("--runs <folder>", "where the runs are")
    .option(
      "--any-backend",
      "also by another backend or with other threads than before: its numbers will differ a little",
    )
    .option("--detach", "return at once; `mos attach` follows it")
    .option("--json", "JSON lines: events, status and progress")
    .action(async (run: string, options: ResumeOptions) => {
      const { folder } = loadRun(run, options.runs, output);
      await launchRuns({ kind: "resume", runFolders: [folder], anyBackend: options.anyBackend === true });
      if (options.detach) {
        done(exitCodes.done);
        return;
      }
      const runs = [new FollowedRun(folder)];
      const end = await followRuns(runs, chooseDisplay(runs, output, options.json === true), {
        onInterrupt: "stop",
        interrupts: process,
      });
      reportEnd(runs, output);
      done(exitCodeOf(end, runs));
    });
