/** The language server's process: transport only. What it answers is made in `services/` and `language/`. */
import * as v from "valibot";
import {
  type CompletionItem,
  createConnection,
  ErrorCodes,
  type InitializeResult,
  type Location,
  ProposedFeatures,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { languageMethods, type PlansResult, plansParamsSchema } from "../contracts/language-protocol";
import type { FileDiagnostic, RelatedPlace } from "./language/diagnostic";
import { resolvePlansOfTrees } from "./language/plan";
import { codeLenses } from "./services/code-lens";
import { complete } from "./services/completion";
import { protocolDiagnostic } from "./services/diagnostics";
import { documentSymbols } from "./services/document-symbols";
import { formattingEdits } from "./services/formatting";
import { hover } from "./services/hover";
import { DiagnosticsPublisher } from "./workspace/diagnostics-publisher";
import { DocumentStore, pathOf, uriOf } from "./workspace/document-store";

const transports = ["--stdio", "--node-ipc", "--socket", "--pipe"];
if (!process.argv.some((argument) => transports.some((transport) => argument.startsWith(transport)))) {
  process.argv.push("--stdio");
}

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const store = new DocumentStore();
const publisher = new DiagnosticsPublisher(store, publish, (error) =>
  connection.console.error(String(error)),
);

connection.onInitialize(
  (): InitializeResult => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      completionProvider: { triggerCharacters: [".", "=", "[", ",", " "] },
      hoverProvider: true,
      documentFormattingProvider: true,
      codeLensProvider: {},
      documentSymbolProvider: true,
    },
    serverInfo: { name: "Mixture of Skills", version: __VERSION__ },
  }),
);

documents.onDidChangeContent(({ document }) => {
  store.set(document);
  refresh(document.uri);
});

documents.onDidClose(({ document }) => {
  const affected = store.affectedBy(document.uri);
  store.close(document.uri);
  publisher.drop(document.uri);
  void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  for (const other of affected) if (other.uri !== document.uri) publisher.schedule(other);
});

connection.onDidChangeWatchedFiles(({ changes }) => {
  for (const { uri } of changes) store.changedOnDisk(uri);
  // A file that came may be one that an import or a dataset was looking for: any open document can be concerned.
  for (const document of store.documents()) {
    store.changedOnDisk(document.uri);
    publisher.schedule(document);
  }
});

connection.onCompletion(({ textDocument, position, context }): CompletionItem[] => {
  const checked = store.check(textDocument.uri);
  const bySpace = context?.triggerCharacter === " ";
  return checked ? complete(checked, checked.program.entry.tree.lines.offsetAt(position), bySpace) : [];
});

connection.onHover(({ textDocument, position }) => {
  const checked = store.check(textDocument.uri);
  return checked ? hover(checked, checked.program.entry.tree.lines.offsetAt(position)) : null;
});

connection.onDocumentFormatting(({ textDocument }) => {
  const tree = store.readTree(pathOf(textDocument.uri));
  return tree ? formattingEdits(tree) : [];
});

connection.onCodeLens(({ textDocument }) => {
  const checked = store.check(textDocument.uri);
  return checked ? codeLenses(checked, textDocument.uri) : [];
});

connection.onDocumentSymbol(({ textDocument }) => {
  const checked = store.check(textDocument.uri);
  return checked ? documentSymbols(checked.program.entry) : [];
});

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

function refresh(uri: string): void {
  for (const document of store.affectedBy(uri)) publisher.schedule(document);
}

function publish(document: TextDocument, diagnostics: readonly FileDiagnostic[]): void {
  void connection.sendDiagnostics({
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

documents.listen(connection);
connection.listen();
