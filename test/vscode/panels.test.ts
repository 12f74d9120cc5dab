import * as assert from "node:assert";
import * as vscode from "vscode";
import { commandIds, panelIds } from "../../extension/contribution-ids";
import type { Services } from "../../extension/services";
import { activated } from "./extension-under-test";
import { SampleRuns } from "./sample-runs";
import { waitUntil } from "./wait-until";

describe("panels", () => {
  const samples = new SampleRuns();
  let services: Services;

  before(async () => {
    services = await activated();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    samples.remove();
    await waitUntil("no run is left", () => services.store.runs().length === 0);
  });

  it("opens a run once: shown again, its panel comes to the front", async () => {
    const folder = samples.add({ name: "skills" });
    await waitUntil("the run", () => services.store.get(folder));
    await vscode.commands.executeCommand(commandIds.showRun, folder);
    await waitUntil("the panel", () => panelTabs(panelIds.run).length === 1);
    await vscode.commands.executeCommand(commandIds.showRun, folder);
    assert.equal(panelTabs(panelIds.run).length, 1);
    assert.equal(panelTabs(panelIds.run)[0]!.label, "skills");
    await waitUntil("the panel has the focus", () => services.panels.activeFolders[0] === folder);
  });

  it("compares the newest run of every variant of an experiment", async () => {
    const base = samples.add({ name: "skills", created: "2026-01-01T00:00:00.000Z" });
    samples.add({ name: "skills/uniform", mixture: "uniform", created: "2026-01-01T00:00:01.000Z" });
    const newer = samples.add({
      name: "skills/uniform",
      mixture: "uniform",
      created: "2026-01-02T00:00:00.000Z",
    });
    samples.add({ name: "other", created: "2026-01-03T00:00:00.000Z" });
    await waitUntil("four runs", () => services.store.runs().length === 4);
    await vscode.commands.executeCommand(commandIds.compareAblations, base);
    await waitUntil("the comparison", () => panelTabs(panelIds.comparison).length === 1);
    assert.equal(panelTabs(panelIds.comparison)[0]!.label, "Compare: skills");
    await waitUntil("it has the focus", () => services.panels.activeFolders.length > 0);
    assert.deepEqual(services.panels.activeFolders, [base, newer]);
  });

  it("shows the frozen plan of a run, each value with its origin", async () => {
    const folder = samples.add({ name: "skills/uniform", mixture: "uniform" });
    await waitUntil("the run", () => services.store.get(folder));
    await vscode.commands.executeCommand(commandIds.showResolvedConfig, folder);
    const editor = await waitUntil("the document", () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.scheme === "mos-plan" ? active : null;
    });
    const text = editor.document.getText();
    assert.match(text, /^seed = 1 +\/\/ experiment, quickstart\.mos:12$/m);
    assert.match(text, /^train\.clip = \S+ +\/\/ default$/m);
    assert.match(text, /^\/\/ skills\/uniform, resolved/m);
  });
});

function panelTabs(viewType: string): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  // VS Code reports the type of a webview with a prefix of its own.
  return tabs.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType),
  );
}
