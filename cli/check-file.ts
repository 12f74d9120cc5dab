import * as path from "node:path";
import { type CheckedDocument, checkDocument } from "../language-server/language/check";
import type { FileDiagnostic } from "../language-server/language/diagnostic";
import { parse } from "../language-server/language/parser";
import { checkData } from "../language-server/workspace/data-check";
import type { Inspector } from "../language-server/workspace/data-inspector";
import { missingFile } from "./missing-file";
import { readSource } from "./read-source";

/**
 * Everything that is wrong with a `.mos` file and the data that it names, in the order of its lines.
 * @throws UserError when the file is not there or cannot be read.
 */
export async function checkFile(file: string, inspector: Inspector): Promise<FileDiagnostic[]> {
  const checked = checkText(file);
  const ofFiles = await checkData(checked, inspector);
  return [...checked.diagnostics, ...ofFiles].sort((a, b) => a.start - b.start);
}

/**
 * What its text alone tells.
 * @throws UserError when the file is not there or cannot be read.
 */
export function checkText(file: string): CheckedDocument {
  const checked = checkDocument(path.resolve(file), (source) => {
    const text = readSource(source);
    return text === null ? null : parse(text);
  });
  if (checked === null) throw missingFile(file);
  return checked;
}
