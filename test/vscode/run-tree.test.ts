import * as assert from "node:assert";
import * as fs from "node:fs";
import type * as vscode from "vscode";
import type { RunTreeNode } from "../../extension/runs/run-tree";
import type { Services } from "../../extension/services";
import { SampleHost, sampleProgress } from "../unit/run-folder/sample-host";
import { activated } from "./extension-under-test";
import { SampleRuns } from "./sample-runs";
import { waitUntil } from "./wait-until";

describe("the tree of runs", () => {
  const samples = new SampleRuns();
  let services: Services;

  before(async () => {
    services = await activated();
  });
  afterEach(async () => {
    samples.remove();
    await waitUntil("the tree is empty again", () => services.tree.getChildren().length === 0);
  });

  it("finds runs that appear in .mos/runs, groups them by experiment and shows the newest first", async () => {
    samples.add({ name: "skills", created: "2026-01-01T00:00:00.000Z" });
    samples.add({ name: "skills/uniform", mixture: "uniform", created: "2026-01-02T00:00:00.000Z" });
    samples.add({ name: "other", created: "2026-01-03T00:00:00.000Z" });
    const experiments = await waitUntil("two experiments", () => {
      const nodes = services.tree.getChildren();
      return nodes.length === 2 && services.store.runs().length === 3 ? nodes : null;
    });
    assert.deepEqual(experiments.map(labelOf), ["other", "skills"]);
    assert.deepEqual(services.tree.getChildren(experiments[1]!).map(labelOf), ["uniform", "skills"]);
  });

  it("says status, loss and time in the item, its tooltip and its accessible label", async () => {
    samples.add({ name: "skills" });
    const node = await waitUntil("the run", () => onlyRun(services));
    const item = services.tree.getTreeItem(node);
    assert.match(String(item.description), /^loss \d+\.\d{4} · \d+ (s|min)/);
    assert.match(item.accessibilityInformation!.label, /^skills, finished, held-out loss \d/);
    assert.match((item.tooltip as vscode.MarkdownString).value, /Held\\-out loss|Held-out loss/);
    assert.equal((item.iconPath as vscode.ThemeIcon).id, "pass");
    assert.equal(item.contextValue, "run finished");
  });

  it("follows a live run: progress, then that its host is gone", async () => {
    const folder = samples.add({ name: "skills", done: 10, end: "open" });
    const host = await SampleHost.serve(folder);
    try {
      services.store.refresh(folder);
      await waitUntil("the run is seen running", () => services.store.get(folder)?.status === "running");
      await waitUntil("the host is attached to", () => host.clients.includes("vscode"));
      host.sendProgress(sampleProgress);
      const item = await waitUntil("progress", () => {
        const node = onlyRun(services);
        const shown = node && services.tree.getTreeItem(node);
        return String(shown?.description).includes("12/300") ? shown : null;
      });
      assert.equal(item.description, "12/300 · 41 s left");
      assert.equal(item.contextValue, "run live");
      host.die();
      await waitUntil("the run is interrupted", () => services.store.get(folder)?.status === "interrupted");
      assert.match(
        String(services.tree.getTreeItem(onlyRun(services)!).description),
        /^interrupted · 10\/300/,
      );
    } finally {
      host.leave();
    }
  });

  it("notices that a stopped run was resumed from elsewhere", async () => {
    const folder = samples.add({ name: "skills", done: 20, end: "stop" });
    await waitUntil("the run is stopped", () => services.store.get(folder)?.status === "stopped");
    const host = await SampleHost.serve(folder);
    try {
      await waitUntil("the run is running", () => services.store.get(folder)?.status === "running");
    } finally {
      host.leave();
    }
  });

  it("drops a run whose folder is deleted, and survives a folder that is no run", async () => {
    const folder = samples.add({ name: "skills" });
    await waitUntil("the run", () => onlyRun(services));
    fs.writeFileSync(`${folder}/plan.json`, "{}");
    services.store.refresh(folder);
    fs.rmSync(folder, { recursive: true });
    await waitUntil("no run is left", () => services.store.runs().length === 0);
  });
});

function onlyRun(services: Services): RunTreeNode | undefined {
  const [experiment] = services.tree.getChildren();
  return experiment && services.tree.getChildren(experiment)[0];
}

function labelOf(node: RunTreeNode): string {
  return node.label;
}
