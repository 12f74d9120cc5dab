import * as assert from "node:assert";
import * as vscode from "vscode";
import { commandIds, languageId } from "../../extension/contribution-ids";
import { activated, extensionId, workspaceFile } from "./extension-under-test";

describe("activation", () => {
  it("registers every command", async () => {
    await activated();
    const all = await vscode.commands.getCommands(true);
    for (const id of Object.values(commandIds)) assert.ok(all.includes(id), `${id} is not registered`);
  });

  it("happens by itself in a workspace with .mos files", async () => {
    assert.equal(vscode.extensions.getExtension(extensionId)?.isActive, true);
  });

  it("opens .mos files in the language mos", async () => {
    const document = await vscode.workspace.openTextDocument(workspaceFile("small.mos"));
    assert.equal(document.languageId, languageId);
  });
});
