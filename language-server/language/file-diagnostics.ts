/** Diagnostics with the file, lines and columns that people count in. */
import type { Diagnostic, FileDiagnostic } from "./diagnostic";
import type { LineIndex } from "./line-index";
import type { Program } from "./references";

/** Problems of all files, each once, in the order of the files and their lines. */
export function fileDiagnostics(program: Program): FileDiagnostic[] {
  return [...program.files].flatMap(([file, { problems, tree }]) =>
    distinct(problems).map((problem) => locate(problem, file, tree.lines)),
  );
}

function distinct(problems: readonly Diagnostic[]): Diagnostic[] {
  const known = new Map<string, Diagnostic>();
  for (const problem of problems) {
    const identity = `${problem.code} ${problem.start} ${problem.end}`;
    if (!known.has(identity)) known.set(identity, problem);
  }
  return [...known.values()].sort((a, b) => a.start - b.start);
}

export function locate(problem: Diagnostic, file: string, lines: LineIndex): FileDiagnostic {
  const start = lines.positionAt(problem.start);
  const end = lines.positionAt(problem.end);
  return {
    ...problem,
    file,
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}
