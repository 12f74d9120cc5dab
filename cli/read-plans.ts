/** From a `.mos` file to its plans, with what is wrong printed. */
import * as path from "node:path";
import type { Plan } from "../contracts/plan";
import { UserError } from "../contracts/user-error";
import { resolvePlans } from "../language-server/language/plan";
import { missingFile } from "./missing-file";
import { printDiagnostics } from "./print-diagnostics";
import { readSource } from "./read-source";
import type { Output } from "./terminal/output";

export interface PlanChoice {
  profile?: string;
  set: string[];
}

/**
 * null: the file has errors, which were printed. Warnings are printed, too.
 * @throws UserError when the file is not there, cannot be read, or asks for nothing.
 */
export function readPlans(
  file: string,
  names: readonly string[],
  { profile, set }: PlanChoice,
  output: Output,
): Plan[] | null {
  if (readSource(path.resolve(file)) === null) throw missingFile(file);
  const { plans, diagnostics } = resolvePlans(path.resolve(file), readSource, {
    names,
    profile: profile ?? null,
    set,
    environment: process.env,
  });
  printDiagnostics(diagnostics, output.err, output.errStyle);
  if (diagnostics.some(({ severity }) => severity === "error")) return null;
  if (plans.length > 0) return plans;
  throw new UserError(
    "bad-plan",
    `${file} asks for no runs: it has no experiment.`,
    "`mos plan` shows what a file asks for.",
  );
}
