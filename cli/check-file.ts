import * as path from "node:path";
import { checkDocument } from "../language-server/language/check";
import type { FileDiagnostic } from "../language-server/language/diagnostic";
import { parse } from "../language-server/language/parser";
import { missingFile } from "./missing-file";
import { readSource } from "./read-source";

/** Everything that is wrong with a `.mos` file. @throws UserError when it is not there or cannot be read. */
export function checkFile(file: string): FileDiagnostic[] {
  const checked = checkDocument(path.resolve(file), (source) => {
    const text = readSource(source);
    return text === null ? null : parse(text);
  });
  if (checked === null) throw missingFile(file);
  return checked.diagnostics;
}
