/** Documents that the editor has open, kept up with its edits. */
import type { DidChangeTextDocumentParams, DidOpenTextDocumentParams } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";

export class OpenDocuments {
  private readonly documents = new Map<string, TextDocument>();

  opened({ textDocument: { uri, languageId, version, text } }: DidOpenTextDocumentParams): TextDocument {
    const document = TextDocument.create(uri, languageId, version, text);
    this.documents.set(uri, document);
    return document;
  }

  /** undefined for a document that was never opened. */
  changed({ textDocument, contentChanges }: DidChangeTextDocumentParams): TextDocument | undefined {
    const document = this.documents.get(textDocument.uri);
    return document && TextDocument.update(document, [...contentChanges], textDocument.version);
  }

  closed(uri: string): void {
    this.documents.delete(uri);
  }
}
