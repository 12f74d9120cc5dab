import * as path from "node:path";
import type { FileDiagnostic } from "../language-server/language/diagnostic";
import { resolvePlans } from "../language-server/language/plan";
import { readSource } from "./read-plans";

/** Everything that is wrong with a `.mos` file and with what it imports. */
export function checkFile(file: string): FileDiagnostic[] {
  return resolvePlans(path.resolve(file), readSource, {
    names: [],
    profile: null,
    set: [],
    environment: process.env,
  }).diagnostics;
}
