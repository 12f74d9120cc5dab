import { Command } from "commander";
import { exitCodes } from "../exit-code";
import { planPages } from "../terminal/plan-page";
import type { MakeCommand } from "./command";
import { type PlanOptions, withPlanOptions } from "./plan-options";

export const planCommand: MakeCommand = (output, done) =>
  withPlanOptions(new Command("plan"))
    .description("every run that the file asks for, resolved: each value and where it comes from")
    .option("--json", "as JSON")
    .action(async (file: string, names: string[], options: PlanOptions & { json?: true }) => {
      const { readPlans } = await import("../read-plans");
      const plans = readPlans(file, names, options, output);
      if (plans === null) return done(exitCodes.badInput);
      if (options.json) {
        const shown = plans.map(({ id, name, hash, overrides, config }) => ({
          id,
          name,
          hash,
          overrides,
          config,
        }));
        output.out(JSON.stringify(shown, null, 2));
      } else output.out(planPages(plans, output.columns, output.outStyle).join("\n"));
      done(exitCodes.done);
    });
