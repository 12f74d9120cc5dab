/** Everything that is wrong with one file, as far as text tells: the same for the editor and for `mos check`. */
import { Analysis, isVariant, type Run } from "./analysis";
import type { FileDiagnostic } from "./diagnostic";
import { fileDiagnostics } from "./file-diagnostics";
import { type Declaration, Program, type ReadTree, report } from "./references";
import type { Resolved } from "./resolve";
import type { SyntaxTree } from "./syntax-tree";

/** Points of one sweep that are resolved while the user types; their values were all checked one by one. */
const SWEEP_POINTS_CHECKED = 32;

export interface CheckedDocument {
  readonly program: Program;
  readonly analysis: Analysis;
  /** Experiments of this file that could be resolved, by name. */
  readonly experiments: ReadonlyMap<string, Resolved>;
  /** Of this file only; an import that has errors is one of them. */
  readonly diagnostics: FileDiagnostic[];
}

/** null when there is no such file. `readTree` gives the trees of the file and of what it imports. */
export function checkDocument(file: string, readTree: ReadTree): CheckedDocument | null {
  const tree = readTree(file);
  if (!tree) return null;
  const program = new Program(file, (path) => (path === file ? tree : readTree(path)));
  const analysis = new Analysis(program, { profile: null, set: [], environment: null });
  const experiments = new Map<string, Resolved>();
  analysis.reportConstantCycles();
  analysis.reportClashes();
  for (const declaration of program.entry.declarations) bindDeclaration(analysis, declaration);
  for (const declaration of program.entry.declarations) {
    const resolved = checkRuns(analysis, declaration);
    if (resolved) experiments.set(declaration.name, resolved);
  }
  analysis.reportTooManyRuns();
  reportUnused(program, tree);
  const diagnostics = fileDiagnostics(program).filter((diagnostic) => diagnostic.file === file);
  return { program, analysis, experiments, diagnostics };
}

function bindDeclaration(analysis: Analysis, declaration: Declaration): void {
  if (isVariant(declaration.kind)) {
    analysis.variants(declaration);
    analysis.baseOf(declaration);
  } else if (declaration.kind !== "let") analysis.bound(declaration);
}

/** Resolves what the declaration makes, so that its values are checked against each other. */
function checkRuns(analysis: Analysis, declaration: Declaration): Resolved | null {
  const { kind, name } = declaration;
  if (kind === "experiment") {
    const run: Run = { name, experiment: declaration, variant: null };
    for (const profile of analysis.profiles()) analysis.resolve(run, [profile]);
    return analysis.resolve(run, []);
  }
  const base = isVariant(kind) ? analysis.baseOf(declaration) : null;
  if (!base) return null;
  let left = SWEEP_POINTS_CHECKED;
  for (const run of analysis.runsOf(base, declaration)) {
    const resolved = analysis.resolve(run, []);
    if (kind === "ablation" && resolved) reportSameAsBase(analysis, declaration, base, resolved);
    if (--left === 0) break;
  }
  return null;
}

function reportSameAsBase(
  analysis: Analysis,
  ablation: Declaration,
  base: Declaration,
  resolved: Resolved,
): void {
  if (ablation.file.problems.some((problem) => problem.severity === "error")) return;
  const original = analysis.resolve({ name: base.name, experiment: base, variant: null }, []);
  if (!original?.holdsTheSameAs(resolved)) return;
  const message = `The ablation \`${ablation.name}\` changes nothing: it would repeat \`${base.name}\`.`;
  report(ablation.file, "same-as-base", ablation.at, message, { severity: "warning" });
}

/** Names that nothing mentions. A file without experiments is there to be imported. */
function reportUnused(program: Program, tree: SyntaxTree): void {
  const { entry } = program;
  const isLibrary = !entry.declarations.some(({ kind }) => kind === "experiment" || isVariant(kind));
  const hasErrors = entry.problems.some((problem) => problem.severity === "error");
  if (isLibrary || hasErrors || tree.statements.length === 0) return;
  for (const declaration of entry.declarations) {
    const { kind, name, at } = declaration;
    const canBeUnused = kind === "model" || kind === "dataset" || kind === "let";
    if (!canBeUnused || program.isUsed(declaration)) continue;
    const what = kind === "let" ? "constant" : kind;
    report(entry, "unused", at, `The ${what} \`${name}\` is not used.`, {
      severity: "hint",
      unnecessary: true,
    });
  }
  for (const imported of entry.imports) {
    if (program.isUsed(imported)) continue;
    const message = `\`${imported.name}\` is imported and not used.`;
    report(entry, "unused", imported.at, message, { severity: "hint", unnecessary: true });
  }
}
