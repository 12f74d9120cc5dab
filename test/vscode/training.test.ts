import * as assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { commandIds, settingIds } from "../../extension/contribution-ids";
import type { RunOverview } from "../../extension/runs/run-overview";
import type { Services } from "../../extension/services";
import { readDiscovery } from "../../run-folder/run-files";
import { activated, workspaceFile, workspaceFolder } from "./extension-under-test";
import { waitUntil } from "./wait-until";

describe("training from the editor", function () {
  this.timeout(240_000);
  let services: Services;

  before(async () => {
    services = await activated();
  });
  afterEach(async () => {
    await stopAll(services);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    fs.rmSync(path.join(workspaceFolder(), ".mos"), { recursive: true, force: true, maxRetries: 5 });
    await waitUntil("no run is left", () => services.store.runs().length === 0);
  });

  it("runs an experiment with its ablations to the end, and compares them", async () => {
    await vscode.commands.executeCommand(commandIds.run, workspaceFile("small.mos").toString(), "small");
    const finished = await waitUntil(
      "three runs have finished",
      () => {
        const runs = services.store.runs();
        return runs.length === 3 && runs.every(({ status }) => status === "finished") ? runs : null;
      },
      180,
    );
    assert.deepEqual(finished.map(({ name }) => name).sort(), ["small", "small/no-ema", "small/uniform"]);
    for (const run of finished) {
      assert.equal(run.step, 400);
      assert.ok(run.referenceLoss !== null && run.referenceLoss > 0, `${run.name}: ${run.referenceLoss}`);
    }
    const comparison = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .find(({ label }) => label === "Compare: small");
    assert.ok(comparison, "the comparison is not shown");
  });

  it("stops a run with a checkpoint and resumes it in the same folder", async () => {
    const run = await startLong(services);
    await waitUntil("some steps are done", () => (services.store.get(run.folder)?.step ?? 0) > 5, 120);
    await vscode.commands.executeCommand(commandIds.stop, run.folder);
    const stopped = await waitUntil("it is stopped", () => inStatus(services, run, "stopped"), 60);
    assert.ok(fs.existsSync(path.join(run.folder, "checkpoints", `step-${stopped.step}`)));
    await vscode.commands.executeCommand(commandIds.resume, run.folder);
    await waitUntil(
      "it goes on after the checkpoint",
      () => (inStatus(services, run, "running")?.step ?? 0) > stopped.step,
      120,
    );
    assert.equal(services.store.runs().length, 1);
  });

  it("trains in a process of its own, which no process of the editor is above", async () => {
    const run = await startLong(services);
    const host = await waitUntil("its host is there", () => readDiscovery(run.folder), 60);
    assert.notEqual(host.pid, process.pid);
    if (process.platform === "linux") {
      const session = (pid: number | "self") =>
        fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()!.split(" ")[3];
      assert.notEqual(session(host.pid), session("self"));
      const environment = fs.readFileSync(`/proc/${host.pid}/environ`, "utf8");
      assert.doesNotMatch(environment, /(^|\0)VSCODE_/);
    }
  });

  it("says in a sentence when the Node of the setting is not there", async () => {
    const shown: string[] = [];
    const original = vscode.window.showErrorMessage;
    const configuration = vscode.workspace.getConfiguration();
    Object.assign(vscode.window, {
      showErrorMessage: async (message: string) => void shown.push(message),
    });
    try {
      await configuration.update(settingIds.nodePath, "/nowhere/node", vscode.ConfigurationTarget.Global);
      await vscode.commands.executeCommand(commandIds.run, workspaceFile("small.mos").toString(), "long");
      assert.equal(shown.length, 1);
      assert.match(shown[0]!, /^Node could not be started from \/nowhere\/node: .* Set `mos\.node\.path`/);
      assert.equal(services.store.runs().length, 0);
    } finally {
      Object.assign(vscode.window, { showErrorMessage: original });
      await configuration.update(settingIds.nodePath, undefined, vscode.ConfigurationTarget.Global);
    }
  });
});

async function startLong(services: Services): Promise<RunOverview> {
  await vscode.commands.executeCommand(commandIds.run, workspaceFile("small.mos").toString(), "long");
  return waitUntil("the run is running", () => {
    const [run] = services.store.runs();
    return run?.status === "running" ? run : null;
  });
}

async function stopAll(services: Services): Promise<void> {
  const live = () => services.store.runs().filter(({ status }) => /queued|running|stopping/.test(status));
  if (live().length > 0) {
    await vscode.commands.executeCommand(
      commandIds.stop,
      live().map(({ folder }) => folder),
    );
  }
  await waitUntil("all runs have ended", () => live().length === 0, 60);
}

function inStatus(services: Services, { folder }: RunOverview, status: string): RunOverview | undefined {
  const run = services.store.get(folder);
  return run?.status === status ? run : undefined;
}
