import * as assert from "node:assert";
import * as vscode from "vscode";
import { commandIds } from "../../extension/contribution-ids";
import { activated, workspaceFile } from "./extension-under-test";
import { waitUntil } from "./wait-until";

describe("the language server behind the editor", () => {
  const uri = () => workspaceFile("small.mos");

  before(activated);
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("underlines a mistake where it is, and takes the underline away with it", async () => {
    const document = await vscode.workspace.openTextDocument(uri());
    const editor = await vscode.window.showTextDocument(document);
    const start = document.positionAt(document.getText().indexOf("seed  1"));
    const word = new vscode.Range(start, start.translate(0, 4));
    await editor.edit((edit) => edit.replace(word, "sede"));
    const [problem] = await waitUntil("a diagnostic", () => {
      const found = errorsOf(uri());
      return found.length > 0 ? found : null;
    });
    assert.ok(problem!.range.isEqual(word), `it is at ${JSON.stringify(problem!.range)}`);
    assert.match(problem!.message, /sede/);
    await vscode.commands.executeCommand("undo");
    await waitUntil("no diagnostic is left", () => errorsOf(uri()).length === 0);
  });

  it("offers lenses that call our commands with the file and the experiment's name", async () => {
    await vscode.window.showTextDocument(uri());
    const lenses = await waitUntil("lenses", async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        "vscode.executeCodeLensProvider",
        uri(),
        50,
      );
      return found.length > 0 ? found : null;
    });
    const known = new Set<string>(Object.values(commandIds));
    for (const { command } of lenses) assert.ok(known.has(command!.command), command!.command);
    const run = lenses.filter(({ command }) => command!.command === commandIds.run);
    const names = run.map(({ command }) => command!.arguments![1]);
    for (const name of ["small/", "small", "small/no-ema", "long/"])
      assert.ok(names.includes(name), `no lens runs ${name}: ${names}`);
    for (const { command } of run) assert.equal(command!.arguments![0], uri().toString());
  });

  it("explains keys and completes them", async () => {
    const document = await vscode.workspace.openTextDocument(uri());
    const at = document.positionAt(document.getText().indexOf("scorer logits") + 2);
    const hovers = await waitUntil("a hover", async () => {
      const found = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        uri(),
        at,
      );
      return found.length > 0 ? found : null;
    });
    assert.match((hovers[0]!.contents[0] as vscode.MarkdownString).value, /scorer/);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      uri(),
      new vscode.Position(at.line + 1, 4),
    );
    const labels = items.map(({ label }) => (typeof label === "string" ? label : label.label));
    assert.ok(labels.includes("floor"), `completion offers ${labels}`);
  });

  it("formats a document", async () => {
    const document = await vscode.workspace.openTextDocument({
      language: "mos",
      content: "mos 1\nmodel   a {path   'x'}\n".replaceAll("'", '"'),
    });
    const edits = await waitUntil("edits", async () => {
      const found = await vscode.commands.executeCommand<vscode.TextEdit[] | undefined>(
        "vscode.executeFormatDocumentProvider",
        document.uri,
        { tabSize: 2, insertSpaces: true },
      );
      return found && found.length > 0 ? found : null;
    });
    const change = new vscode.WorkspaceEdit();
    change.set(document.uri, edits);
    await vscode.workspace.applyEdit(change);
    assert.match(document.getText(), /^model a \{/m);
  });
});

function errorsOf(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
}
