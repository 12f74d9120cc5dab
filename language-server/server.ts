/** The language server's process: transport only. What it answers is made in `services/` and `language/`. */
import * as v from "valibot";
import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import type {
  CodeLens,
  CodeLensParams,
  CompletionItem,
  CompletionParams,
  DidChangeTextDocumentParams,
  DidChangeWatchedFilesParams,
  DidCloseTextDocumentParams,
  DidOpenTextDocumentParams,
  DocumentFormattingParams,
  DocumentSymbol,
  DocumentSymbolParams,
  Hover,
  HoverParams,
  Location,
  TextEdit,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { languageMethods, type PlansResult, plansParamsSchema } from "../contracts/language-protocol";
import { LanguageServerConnection } from "./connection";
import type { FileDiagnostic, RelatedPlace } from "./language/diagnostic";
import { resolvePlansOfTrees } from "./language/plan";
import { codeLenses } from "./services/code-lens";
import { complete } from "./services/completion";
import { protocolDiagnostic } from "./services/diagnostics";
import { documentSymbols } from "./services/document-symbols";
import { formattingEdits } from "./services/formatting";
import { hover } from "./services/hover";
import { DataInspector } from "./workspace/data-inspector";
import { DiagnosticsPublisher } from "./workspace/diagnostics-publisher";
import { DocumentStore, pathOf, uriOf } from "./workspace/document-store";
import { factsFor } from "./workspace/known-facts";
import { OpenDocuments } from "./workspace/open-documents";

const INCREMENTAL = 2;

const connection = new LanguageServerConnection({
  textDocumentSync: { openClose: true, change: INCREMENTAL },
  completionProvider: { triggerCharacters: [".", "=", "[", ",", " ", '"'] },
  hoverProvider: true,
  documentFormattingProvider: true,
  codeLensProvider: {},
  documentSymbolProvider: true,
});
const documents = new OpenDocuments();
const store = new DocumentStore();
const inspector = new DataInspector();
const publisher = new DiagnosticsPublisher(store, inspector, publish, (error) => connection.log(error));

connection.onNotification("textDocument/didOpen", (params: DidOpenTextDocumentParams) => {
  refresh(documents.opened(params));
});

connection.onNotification("textDocument/didChange", (params: DidChangeTextDocumentParams) => {
  const document = documents.changed(params);
  if (document) refresh(document);
});

connection.onNotification(
  "textDocument/didClose",
  ({ textDocument: { uri } }: DidCloseTextDocumentParams) => {
    const affected = store.affectedBy(uri);
    documents.closed(uri);
    store.close(uri);
    publisher.drop(uri);
    connection.send("textDocument/publishDiagnostics", { uri, diagnostics: [] });
    for (const other of affected) if (other.uri !== uri) publisher.schedule(other);
  },
);

connection.onNotification("workspace/didChangeWatchedFiles", ({ changes }: DidChangeWatchedFilesParams) => {
  // What runs write is no input of theirs; they write often.
  const inputs = changes.filter(({ uri }) => !uri.includes("/.mos/"));
  if (inputs.length === 0) return;
  for (const { uri } of inputs) store.changedOnDisk(uri);
  // A file that came may be one that an import or a dataset was looking for: any open document can be concerned.
  for (const document of store.documents()) {
    store.changedOnDisk(document.uri);
    publisher.schedule(document);
  }
});

connection.onRequest(
  "textDocument/completion",
  ({ textDocument, position, context }: CompletionParams): CompletionItem[] => {
    const checked = store.check(textDocument.uri);
    const bySpace = context?.triggerCharacter === " ";
    if (!checked) return [];
    const offset = checked.program.entry.tree.lines.offsetAt(position);
    return complete(checked, offset, bySpace, factsFor(checked, inspector));
  },
);

connection.onRequest("textDocument/hover", ({ textDocument, position }: HoverParams): Hover | null => {
  const checked = store.check(textDocument.uri);
  if (!checked) return null;
  return hover(checked, checked.program.entry.tree.lines.offsetAt(position), factsFor(checked, inspector));
});

connection.onRequest("textDocument/formatting", ({ textDocument }: DocumentFormattingParams): TextEdit[] => {
  const tree = store.readTree(pathOf(textDocument.uri));
  return tree ? formattingEdits(tree) : [];
});

connection.onRequest("textDocument/codeLens", ({ textDocument }: CodeLensParams): CodeLens[] => {
  const checked = store.check(textDocument.uri);
  return checked ? codeLenses(checked, textDocument.uri) : [];
});

connection.onRequest(
  "textDocument/documentSymbol",
  ({ textDocument }: DocumentSymbolParams): DocumentSymbol[] => {
    const checked = store.check(textDocument.uri);
    return checked ? documentSymbols(checked.program.entry) : [];
  },
);

connection.onRequest(languageMethods.plans, (params: unknown): PlansResult => {
  const parsed = v.safeParse(plansParamsSchema, params);
  if (!parsed.success) throw new ResponseError(ErrorCodes.InvalidParams, v.summarize(parsed.issues));
  const { uri, names, profile } = parsed.output;
  const options = { names, profile, set: [], environment: process.env };
  const { plans, diagnostics } = resolvePlansOfTrees(pathOf(uri), store.readTree, options);
  const problems = diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ file, line, column, message }) => ({ file, line, column, message }));
  return { plans, problems };
});

function refresh(document: TextDocument): void {
  store.set(document);
  for (const affected of store.affectedBy(document.uri)) publisher.schedule(affected);
}

function publish(document: TextDocument, diagnostics: readonly FileDiagnostic[]): void {
  connection.send("textDocument/publishDiagnostics", {
    uri: document.uri,
    version: document.version,
    diagnostics: diagnostics.map((diagnostic) => protocolDiagnostic(diagnostic, locationOf)),
  });
}

function locationOf({ file, start, end }: RelatedPlace): Location | null {
  const tree = store.readTree(file);
  if (!tree) return null;
  return {
    uri: uriOf(file),
    range: { start: tree.lines.positionAt(start), end: tree.lines.positionAt(end) },
  };
}

connection.listen();
