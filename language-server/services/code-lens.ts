/** Run and Compare above experiments and their variants. */
import type { CodeLens } from "vscode-languageserver/node";
import { isVariant } from "../language/analysis";
import type { CheckedDocument } from "../language/check";
import type { Declaration } from "../language/references";

/** Commands that the extension contributes; each takes the document's address and a name as in `PlansParams`. */
const RUN = "mos.run";
const COMPARE = "mos.compareAblations";

export function codeLenses({ program, analysis }: CheckedDocument, uri: string): CodeLens[] {
  const { declarations, tree } = program.entry;
  const lens = (declaration: Declaration, title: string, command: string, name: string): CodeLens => {
    const range = {
      start: tree.lines.positionAt(declaration.statement.start),
      end: tree.lines.positionAt(declaration.at.end),
    };
    return { range, command: { title, command, arguments: [uri, name] } };
  };
  return declarations.flatMap((declaration) => {
    const { kind, name, base } = declaration;
    if (kind === "experiment") {
      const variants = declarations.filter((other) => isVariant(other.kind) && other.base?.name === name);
      const count = variants.reduce((sum, variant) => sum + analysis.variants(variant).count, 1);
      const run = lens(declaration, "$(play) Run", RUN, `${name}/`);
      if (count === 1) return [run];
      const all = lens(declaration, `$(run-all) Run All (${count})`, RUN, name);
      return [run, all, lens(declaration, "$(graph-line) Compare", COMPARE, name)];
    }
    if (kind === "ablation" && base) return [lens(declaration, "$(play) Run", RUN, `${base.name}/${name}`)];
    if (kind === "sweep" && base) {
      const { count } = analysis.variants(declaration);
      return [lens(declaration, `$(run-all) Run (${count})`, RUN, `${base.name}/${name}`)];
    }
    return [];
  });
}
