import { Command } from "commander";
import type { FileDiagnostic } from "../../language-server/language/diagnostic";
import { exitCodes } from "../exit-code";
import type { MakeCommand } from "./command";

export const checkCommand: MakeCommand = (output, done) =>
  new Command("check")
    .description("what is wrong with .mos files and the data that they name; the same as in the editor")
    .argument("<file...>", "the .mos files")
    .option("--json", "as JSON")
    .action(async (files: string[], options: { json?: true }) => {
      const { checkFile } = await import("../check-file");
      const { DataInspector } = await import("../../language-server/workspace/data-inspector");
      const { printDiagnostics } = await import("../print-diagnostics");
      const inspector = new DataInspector();
      const checks = Promise.all(files.map((file) => checkFile(file, inspector)));
      const diagnostics = distinct((await checks.finally(() => inspector.dispose())).flat());
      if (options.json) output.out(JSON.stringify(diagnostics.map(jsonEntry), null, 2));
      else {
        printDiagnostics(diagnostics, output.out, output.outStyle);
        output.err(summary(diagnostics));
      }
      const isWrong = diagnostics.some(({ severity }) => severity === "error");
      done(isWrong ? exitCodes.badInput : exitCodes.done);
    });

function jsonEntry({ file, line, column, endLine, endColumn, severity, code, message }: FileDiagnostic) {
  return { file, line, column, endLine, endColumn, severity, code, message };
}

/** Two files that import a third both bring its problems. */
function distinct(diagnostics: readonly FileDiagnostic[]): FileDiagnostic[] {
  const byPlace = new Map(
    diagnostics.map((one) => [`${one.file} ${one.start} ${one.end} ${one.code} ${one.message}`, one]),
  );
  return [...byPlace.values()];
}

function summary(diagnostics: readonly FileDiagnostic[]): string {
  const count = (severity: FileDiagnostic["severity"]) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  if (errors + warnings === 0) return "No problems.";
  return `${plural(errors, "error")}, ${plural(warnings, "warning")}.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
