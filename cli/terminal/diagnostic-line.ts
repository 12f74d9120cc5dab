import type { FileDiagnostic } from "../../language-server/language/diagnostic";
import type { Style } from "./style";

/** `quickstart.mos:12:5: error: ... [unknown-key]`, as compilers and editors write and read places. */
export function diagnosticLine(diagnostic: FileDiagnostic, shownFile: string, style: Style): string {
  const { line, column, severity, message, code } = diagnostic;
  const paint = severity === "error" ? style.bad : severity === "warning" ? style.warning : style.dim;
  return `${shownFile}:${line}:${column}: ${paint(`${severity}:`)} ${message} ${style.dim(`[${code}]`)}`;
}
