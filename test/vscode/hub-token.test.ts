import * as assert from "node:assert";
import * as vscode from "vscode";
import { commandIds } from "../../extension/contribution-ids";
import { activated } from "./extension-under-test";

const TOKEN = "hf_typedByThePerson";

/** A person who types `answer` into the next input box. */
async function typing(
  answer: string | undefined,
  work: () => PromiseLike<unknown>,
): Promise<vscode.InputBoxOptions> {
  const original = vscode.window.showInputBox;
  let asked: vscode.InputBoxOptions = {};
  vscode.window.showInputBox = ((options: vscode.InputBoxOptions) => {
    asked = options;
    return Promise.resolve(answer);
  }) as typeof original;
  try {
    await work();
  } finally {
    vscode.window.showInputBox = original;
  }
  return asked;
}

const environmentOfRuns = async (): Promise<Readonly<Record<string, string>>> =>
  (await (await activated()).launcher()).runtime.environment;

describe("the Hugging Face token", () => {
  after(async () => {
    await (await activated()).hubToken.forget();
  });

  it("is asked for unseen, and given to the runs that are started, to nothing else", async () => {
    const { runtime } = await activated();
    const before = (await environmentOfRuns()).HF_TOKEN;
    await typing(undefined, () => vscode.commands.executeCommand(commandIds.setHubToken));
    assert.equal((await environmentOfRuns()).HF_TOKEN, before);
    const box = await typing(` ${TOKEN} `, () => vscode.commands.executeCommand(commandIds.setHubToken));
    assert.equal(box.password, true);
    assert.equal((await environmentOfRuns()).HF_TOKEN, TOKEN);
    assert.equal(runtime().environment.HF_TOKEN, before);
    assert.equal(process.env.HF_TOKEN, before);
  });

  it("is forgotten on demand", async () => {
    await typing(TOKEN, () => vscode.commands.executeCommand(commandIds.setHubToken));
    await vscode.commands.executeCommand(commandIds.forgetHubToken);
    assert.equal((await environmentOfRuns()).HF_TOKEN, process.env.HF_TOKEN);
  });
});
