/** The edit that formats a document. */
import type { TextEdit } from "vscode-languageserver/node";
import { formatTree } from "../language/format";
import type { SyntaxTree } from "../language/syntax-tree";

/** No edits when nothing changes, or when syntax errors hide the structure. One edit over the lines that differ. */
export function formattingEdits(tree: SyntaxTree): TextEdit[] {
  const formatted = formatTree(tree);
  if (formatted === null || formatted === tree.text) return [];
  const { text, lines } = tree;
  let start = 0;
  while (start < text.length && text[start] === formatted[start]) start++;
  let end = text.length;
  let formattedEnd = formatted.length;
  while (end > start && formattedEnd > start && text[end - 1] === formatted[formattedEnd - 1]) {
    end--;
    formattedEnd--;
  }
  const range = { start: lines.positionAt(start), end: lines.positionAt(end) };
  return [{ range, newText: formatted.slice(start, formattedEnd) }];
}
