import * as path from "node:path";
import type { FileDiagnostic } from "../language-server/language/diagnostic";
import { diagnosticLine } from "./terminal/diagnostic-line";
import type { Style } from "./terminal/style";

/** Hints (such as greyed-out text) are for editors only. */
export function printDiagnostics(
  diagnostics: readonly FileDiagnostic[],
  print: (line: string) => void,
  style: Style,
): void {
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === "hint") continue;
    print(diagnosticLine(diagnostic, shownFile(diagnostic.file), style));
  }
}

/** The path from here, unless that leads upwards; places that are no files (`--set`) as they are. */
export function shownFile(file: string): string {
  if (!path.isAbsolute(file)) return file;
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") ? file : relative;
}
