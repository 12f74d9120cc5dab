import * as assert from "node:assert";
import * as vscode from "vscode";
import { commandIds } from "../../extension/contribution-ids";
import { activated } from "./extension-under-test";
import { waitUntil } from "./wait-until";

describe("the doctor", () => {
  it("finds everything that is needed on this machine", async () => {
    await activated();
    let exitCode: number | undefined;
    const listener = vscode.tasks.onDidEndTaskProcess((ended) => {
      if (ended.execution.task.name === "Doctor") exitCode = ended.exitCode ?? -1;
    });
    try {
      await vscode.commands.executeCommand(commandIds.doctor);
      await waitUntil("the doctor's task ended", () => exitCode !== undefined);
      assert.equal(exitCode, 0);
    } finally {
      listener.dispose();
    }
  });
});
