import { type CheckedDocument, checkDocument } from "../../../language-server/language/check";
import { parse } from "../../../language-server/language/parser";

const FILE = "/work/file.mos";

/** Text with a cursor `|`, checked, and the cursor's offset. */
export function atCursor(
  marked: string,
  others: Readonly<Record<string, string>> = {},
): { document: CheckedDocument; offset: number } {
  const offset = marked.indexOf("|");
  const document = checked(marked.replace("|", ""), others);
  return { document, offset };
}

export function checked(text: string, others: Readonly<Record<string, string>> = {}): CheckedDocument {
  const files: Record<string, string> = { ...others, [FILE]: text };
  const document = checkDocument(FILE, (path) => (files[path] === undefined ? null : parse(files[path])));
  if (!document) throw new Error("no document");
  return document;
}

/** An experiment with a model and two datasets; `lines` stand in its block. */
export const frame = (lines: string, rest = "") => `let seq = 128
model tiny { path "models/tiny" }
/// Sums and words.
dataset math { path "math.jsonl"; format alpaca; dev "math-dev.jsonl" }
dataset "med.v2" { path "medicine.jsonl"; format alpaca; dev "medicine-dev.jsonl" }
experiment skills {
  model tiny
  data  [math, "med.v2"]
${lines}
}
${rest}`;
