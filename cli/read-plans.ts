/** From a `.mos` file to its plans, with what is wrong printed. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Plan } from "../contracts/plan";
import { UserError } from "../contracts/user-error";
import { resolvePlans } from "../language-server/language/plan";
import { printDiagnostics } from "./print-diagnostics";
import type { Output } from "./terminal/output";

export interface PlanChoice {
  profile?: string;
  set: string[];
}

/** null: the file has errors, which were printed. Warnings are printed, too. */
export function readPlans(
  file: string,
  names: readonly string[],
  { profile, set }: PlanChoice,
  output: Output,
): Plan[] | null {
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

/** Text of a file; null when there is none. @throws UserError when it is there and cannot be read, or is not UTF-8. */
export function readSource(file: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (error instanceof TypeError) {
      throw new UserError("bad-encoding", `${file} is not UTF-8 text.`, "Save it as UTF-8.", {
        cause: error,
      });
    }
    throw new UserError("file-unreadable", `${file} cannot be read: ${message}.`, "", { cause: error });
  }
}
