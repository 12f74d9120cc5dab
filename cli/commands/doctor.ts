import { Command } from "commander";
import { exitCodes } from "../exit-code";
import { findRunsDirectory } from "../find-runs-directory";
import type { HealthCheck } from "../health-check";
import type { Output } from "../terminal/output";
import { padEnd, textWidth } from "../terminal/text-width";
import type { MakeCommand } from "./command";

export const doctorCommand: MakeCommand = (output, done) =>
  new Command("doctor")
    .description("what works on this machine, what does not, why, and what to do about it")
    .option("--runs <folder>", "where the runs would go")
    .option("--json", "as JSON")
    .action(async (options: { runs?: string; json?: true }) => {
      const { runHealthChecks } = await import("../health-checks");
      const checks = await runHealthChecks(findRunsDirectory(options.runs));
      if (options.json) output.out(JSON.stringify(checks, null, 2));
      else printChecks(checks, output);
      done(checks.every(({ works, needed }) => works || !needed) ? exitCodes.done : exitCodes.badInput);
    });

function printChecks(checks: readonly HealthCheck[], { out, outStyle }: Output): void {
  const names = Math.max(...checks.map(({ name }) => textWidth(name)));
  for (const { name, works, needed, detail, advice, auto } of checks) {
    const mark = works ? outStyle.good("✓") : needed ? outStyle.bad("✗") : outStyle.warning("!");
    out(
      `${mark} ${padEnd(name, names)}  ${works ? "works" : "does not work"}: ${detail}${auto ? outStyle.bold(" (what `auto` takes)") : ""}`,
    );
    if (advice !== "") out(`  ${" ".repeat(names)}  ${outStyle.dim(advice)}`);
  }
}
