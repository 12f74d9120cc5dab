import { Command } from "commander";
import { canResume, isOver, runStatus } from "../../run-folder/run-status";
import { requestStop } from "../../run-folder/stop-run";
import { CLIENT_NAME } from "../client-name";
import { exitCodes } from "../exit-code";
import { FollowedRun, followRuns } from "../follow-runs";
import { loadRun } from "../load-run";
import { SilentDisplay } from "../terminal/run-display";
import type { MakeCommand } from "./command";
import { resumeHint } from "./resume-hint";

export const stopCommand: MakeCommand = (output, done) =>
  new Command("stop")
    .description("stop a run after its current step, with a checkpoint; waits until it has ended")
    .argument("<run>", "id of the run, the beginning of one, or its folder")
    .option("--runs <folder>", "where the runs are")
    .action(async (run: string, options: { runs?: string }) => {
      const { folder, view } = loadRun(run, options.runs, output);
      if (isOver(runStatus(folder))) {
        output.err(`The run ${view.id} is ${runStatus(folder)} already.`);
        done(exitCodes.done);
        return;
      }
      await requestStop(folder, CLIENT_NAME);
      const followed = new FollowedRun(folder);
      const end = await followRuns([followed], new SilentDisplay(output), {
        onInterrupt: "detach",
        interrupts: process,
      });
      const { status, step, steps } = followed.view;
      output.out(`${view.id}: ${status} at step ${step}/${steps ?? "?"}`);
      if (canResume(status)) output.err(resumeHint(followed.view, folder));
      done(end === "left" ? exitCodes.cancelled : exitCodes.done);
    });
