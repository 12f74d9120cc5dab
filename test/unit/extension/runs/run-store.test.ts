import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { runFolderLayout } from "../../../../contracts/run-folder";
import type { RunOverview } from "../../../../extension/runs/run-overview";
import { RunStore } from "../../../../extension/runs/run-store";
import { RunsDirectories } from "../../../../extension/runs/runs-directories";
import { SampleHost, sampleProgress } from "../../run-folder/sample-host";
import { eventLine, sampleRun, writeSampleRun } from "../../run-folder/sample-run";
import { temporaryFolder } from "../../run-folder/temporary-folder";
import { soon } from "../soon";

function openStore(): RunStore {
  const store = new RunStore({ quietMilliseconds: 1, interval: 10 });
  onTestFinished(() => store.dispose());
  return store;
}

describe("the run store", () => {
  it("tells once when a live run finishes, with its last numbers", async () => {
    const run = sampleRun({ steps: 30 });
    const finish = run.events.pop()!;
    const folder = writeSampleRun(temporaryFolder(), { ...run, result: null });
    const host = await SampleHost.serve(folder);
    const store = openStore();
    const ended: RunOverview[] = [];
    store.on("end", (overview) => ended.push(overview));
    store.refresh(folder);
    await soon(() => expect(store.get(folder)).toMatchObject({ status: "running", steps: 30 }));
    await soon(() => expect(host.clients).toEqual(["vscode"]));
    host.sendProgress(sampleProgress);
    await soon(() => expect(store.get(folder)?.progress).toEqual(sampleProgress));
    fs.appendFileSync(path.join(folder, runFolderLayout.events), eventLine(finish));
    host.leave();
    await soon(() => expect(ended).toHaveLength(1));
    expect(ended[0]).toMatchObject({ status: "finished", step: 30, progress: null });
    expect(ended[0]!.seconds).toBeGreaterThan(0);
  });

  it("says nothing about runs that were over before it looked", async () => {
    const store = openStore();
    const end = vi.fn();
    store.on("end", end);
    const changed = new Promise<void>((resolve) => store.once("change", resolve));
    store.refresh(writeSampleRun(temporaryFolder(), sampleRun({ steps: 10 })));
    await changed;
    expect(end).not.toHaveBeenCalled();
    expect(store.runs()).toHaveLength(1);
  });

  it("reports a record of another version as a problem, and goes on", () => {
    const store = openStore();
    const problem = vi.fn();
    store.on("problem", problem);
    const folder = writeSampleRun(temporaryFolder(), sampleRun({ steps: 10 }));
    fs.writeFileSync(path.join(folder, runFolderLayout.plan), '{"version":99}');
    store.refresh(folder);
    expect(problem).toHaveBeenCalledOnce();
    expect(store.runs()).toEqual([]);
  });
});

describe("the runs directories", () => {
  it("bring new runs in and take deleted ones out, also those that the store was told of by others", () => {
    const store = openStore();
    const directories = new RunsDirectories(store);
    onTestFinished(() => directories.dispose());
    const runsDirectory = path.join(temporaryFolder(), ".mos/runs");
    directories.add(runsDirectory);
    expect(store.runs()).toEqual([]);

    const first = writeSampleRun(runsDirectory, sampleRun({ steps: 10, runId: "first" }));
    directories.look();
    const second = writeSampleRun(runsDirectory, sampleRun({ steps: 10, runId: "second" }));
    store.refresh(second);
    expect(store.runs()).toHaveLength(2);

    fs.rmSync(first, { recursive: true });
    fs.rmSync(second, { recursive: true });
    directories.look();
    expect(store.runs()).toEqual([]);
  });

  it("read a run again when its files changed", () => {
    const store = openStore();
    const directories = new RunsDirectories(store);
    onTestFinished(() => directories.dispose());
    const runsDirectory = temporaryFolder();
    const run = sampleRun({ steps: 20, done: 10, end: "stop" });
    const folder = writeSampleRun(runsDirectory, run);
    directories.add(runsDirectory);
    expect(store.get(folder)?.status).toBe("stopped");
    writeSampleRun(runsDirectory, { ...sampleRun({ steps: 20 }), record: run.record });
    directories.look();
    expect(store.get(folder)?.status).toBe("finished");
  });

  it("are forgotten with their runs when their folder leaves the workspace", () => {
    const store = openStore();
    const directories = new RunsDirectories(store);
    onTestFinished(() => directories.dispose());
    const [kept, left] = [temporaryFolder(), temporaryFolder()];
    for (const directory of [kept, left]) {
      writeSampleRun(directory, sampleRun({ steps: 10 }));
      directories.add(directory);
    }
    directories.retain((directory) => directory === kept);
    expect(store.runs().map(({ folder }) => path.dirname(folder))).toEqual([kept]);
  });
});
