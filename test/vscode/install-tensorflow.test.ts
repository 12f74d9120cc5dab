import * as assert from "node:assert";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { commandIds } from "../../extension/contribution-ids";
import { activated } from "./extension-under-test";

/** What is shown as an error while `work` goes on. */
async function errorsShownDuring(work: () => PromiseLike<unknown>): Promise<string[]> {
  const shown: string[] = [];
  const original = vscode.window.showErrorMessage;
  const record = (message: string) => {
    shown.push(message);
    return Promise.resolve(undefined);
  };
  vscode.window.showErrorMessage = record as typeof original;
  try {
    await work();
  } finally {
    vscode.window.showErrorMessage = original;
  }
  return shown;
}

describe("installing native TensorFlow", () => {
  it("says in one sentence what this machine lacks, and installs nothing", async () => {
    const { tensorflowFolder, runtime } = await activated();
    assert.equal(runtime().environment.MOS_TENSORFLOW, tensorflowFolder);
    const empty = fs.mkdtempSync(path.join(os.tmpdir(), "mos-empty-"));
    // The first that is found: nothing is downloaded here.
    const npm = path.join(empty, "npm");
    fs.writeFileSync(
      npm,
      "#!/bin/sh\necho 'npm error code E404' >&2\necho 'npm error no such package' >&2\nexit 1\n",
    );
    fs.chmodSync(npm, 0o755);
    const before = process.env.PATH;
    process.env.PATH = empty;
    try {
      const errors = await errorsShownDuring(() =>
        vscode.commands.executeCommand(commandIds.installTensorflow, "cpu"),
      );
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /^@tensorflow\/tfjs-node@\d\S+ could not be downloaded: no such package\./);
    } finally {
      process.env.PATH = before;
      fs.rmSync(empty, { recursive: true, force: true });
    }
    assert.deepEqual(fs.readdirSync(tensorflowFolder), []);
  });
});
