/** The outline of a document. */
import type { DocumentSymbol, SymbolKind } from "vscode-languageserver/node";
import type { DeclarationKind, SourceFile } from "../language/references";
import { activeStatements, type Range, type Statement, type SyntaxTree } from "../language/syntax-tree";
import { symbolKinds } from "./protocol-constants";

const kinds: Readonly<Record<DeclarationKind, SymbolKind>> = {
  model: symbolKinds.object,
  dataset: symbolKinds.array,
  experiment: symbolKinds.class,
  ablation: symbolKinds.method,
  ablate: symbolKinds.method,
  sweep: symbolKinds.method,
  profile: symbolKinds.interface,
  let: symbolKinds.constant,
};

export function documentSymbols({ tree, declarations }: SourceFile): DocumentSymbol[] {
  return declarations.map(({ kind, name, at, statement, base }) => ({
    name: kind === "ablate" ? `rewards of ${base?.name}` : name,
    detail: kind + (base ? ` of ${base.name}` : ""),
    kind: kinds[kind],
    range: toRange(tree, statement),
    selectionRange: toRange(tree, at),
    children: blocksIn(tree, statement),
  }));
}

/** Only blocks: a symbol for every key would bury the outline. */
function blocksIn(tree: SyntaxTree, { block }: Statement): DocumentSymbol[] {
  return activeStatements(block?.statements ?? [])
    .filter((statement) => statement.block !== null)
    .map((statement) => ({
      name: statement.path.text,
      kind: symbolKinds.property,
      range: toRange(tree, statement),
      selectionRange: toRange(tree, statement.path),
      children: blocksIn(tree, statement),
    }));
}

function toRange({ lines }: SyntaxTree, { start, end }: Range) {
  return { start: lines.positionAt(start), end: lines.positionAt(end) };
}
