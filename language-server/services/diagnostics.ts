/** Our diagnostics in the editor's protocol. */
import type { Location, Diagnostic as ProtocolDiagnostic } from "vscode-languageserver/node";
import type { FileDiagnostic, RelatedPlace } from "../language/diagnostic";
import { severities, UNNECESSARY } from "./protocol-constants";

/** `locate` turns a place in another file into the protocol's; null when that file is not known. */
export function protocolDiagnostic(
  diagnostic: FileDiagnostic,
  locate: (place: RelatedPlace) => Location | null,
): ProtocolDiagnostic {
  const { line, column, endLine, endColumn, related } = diagnostic;
  const location = related && locate(related);
  return {
    range: {
      start: { line: line - 1, character: column - 1 },
      end: { line: endLine - 1, character: endColumn - 1 },
    },
    severity: severities[diagnostic.severity],
    code: diagnostic.code,
    source: "mos",
    message: diagnostic.message,
    ...(diagnostic.unnecessary && { tags: [UNNECESSARY] }),
    ...(related && location && { relatedInformation: [{ location, message: related.message }] }),
    ...(diagnostic.replacement !== undefined && { data: { replacement: diagnostic.replacement } }),
  };
}
