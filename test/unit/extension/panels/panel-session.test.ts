import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type ToPanel, toPanelSchema } from "../../../../contracts/panel-protocol";
import { runFolderLayout } from "../../../../contracts/run-folder";
import { PanelSession } from "../../../../extension/panels/panel-session";
import { SampleHost, sampleProgress } from "../../run-folder/sample-host";
import { eventLine, type SampleRun, sampleRun, writeSampleRun } from "../../run-folder/sample-run";
import { temporaryFolder } from "../../run-folder/temporary-folder";
import { soon } from "../soon";

const ready = { type: "ready", protocol: 1 };

function open(folders: readonly string[]) {
  const posted: ToPanel[] = [];
  // What a panel would refuse must not be sent.
  const post = (message: ToPanel) => void posted.push(v.parse(toPanelSchema, message));
  const request = vi.fn();
  const problem = vi.fn();
  const session = new PanelSession(folders, { post, request, problem }, 10);
  onTestFinished(() => session.dispose());
  return { session, posted, request, problem };
}

function write(run: SampleRun): string {
  return writeSampleRun(temporaryFolder(), run);
}

const snapshots = (posted: readonly ToPanel[]) => posted.filter((message) => message.type === "snapshot");

describe("a panel", () => {
  it("gets one complete snapshot of all its runs, in its own order", async () => {
    const runs = [sampleRun({ name: "b", steps: 20 }), sampleRun({ name: "a", steps: 20 })];
    const { session, posted } = open(runs.map(write));
    session.receive(ready);
    await soon(() => expect(posted).toHaveLength(1));
    expect(posted[0]).toEqual({
      type: "snapshot",
      protocol: 1,
      runs: runs.map(({ record, events }) => ({ record, events, status: "finished" })),
    });
  });

  it("gets what is new while it is shown: each event once, progress, and the end", async () => {
    const run = sampleRun({ steps: 30 });
    const later = run.events.slice(-3);
    const folder = write({ ...run, events: run.events.slice(0, -3), result: null });
    const host = await SampleHost.serve(folder);
    const { session, posted } = open([folder]);
    session.receive(ready);
    await soon(() => expect(snapshots(posted)).toHaveLength(1));
    await soon(() => expect(host.clients).toEqual(["vscode-panel"]));
    host.sendProgress(sampleProgress);
    await soon(() => expect(posted.some((message) => message.type === "progress")).toBe(true));
    fs.appendFileSync(path.join(folder, runFolderLayout.events), later.map(eventLine).join(""));
    host.leave();
    await soon(() => expect(posted.at(-1)).toMatchObject({ type: "append", status: "finished" }));
    const appended = posted.flatMap((message) => (message.type === "append" ? message.events : []));
    expect(appended).toEqual(later);
  });

  it("gets nothing while hidden, and everything again when shown", async () => {
    const run = sampleRun({ steps: 30 });
    const folder = write({ ...run, events: run.events.slice(0, 10), result: null });
    const host = await SampleHost.serve(folder);
    const { session, posted } = open([folder]);
    session.receive(ready);
    await soon(() => expect(posted).toHaveLength(1));
    session.hide();
    const before = posted.length;
    fs.appendFileSync(
      path.join(folder, runFolderLayout.events),
      run.events.slice(10).map(eventLine).join(""),
    );
    host.leave();
    session.receive(ready);
    await soon(() => expect(snapshots(posted)).toHaveLength(2));
    expect(posted).toHaveLength(before + 1);
    expect(posted.at(-1)).toMatchObject({ type: "snapshot", runs: [{ events: run.events }] });
  });

  it("gets a new snapshot when a resumed run drops what it wrote after its checkpoint", async () => {
    const run = sampleRun({ steps: 30 });
    const folder = write(run);
    const { session, posted } = open([folder]);
    session.receive(ready);
    await soon(() => expect(snapshots(posted)).toHaveLength(1));
    const kept = run.events.slice(0, 12);
    fs.writeFileSync(path.join(folder, runFolderLayout.events), kept.map(eventLine).join(""));
    await soon(() => expect(snapshots(posted)).toHaveLength(2));
    expect(snapshots(posted)[1]).toMatchObject({ runs: [{ events: kept }] });
  });

  it("goes on without a run whose folder is gone, and says so", async () => {
    const folder = write(sampleRun({ steps: 10 }));
    const { session, posted, problem } = open([path.join(folder, "gone"), folder]);
    session.receive(ready);
    await soon(() => expect(posted).toHaveLength(1));
    expect(problem).toHaveBeenCalledOnce();
    expect(posted[0]).toMatchObject({ runs: [{ status: "finished" }] });
  });
});

describe("what a panel asks", () => {
  it("reaches the editor with the folder of the run, null for a run it does not show", async () => {
    const run = sampleRun({ steps: 10 });
    const folder = write(run);
    const { session, posted, request } = open([folder]);
    session.receive(ready);
    await soon(() => expect(posted).toHaveLength(1));
    session.receive({ type: "stop", runId: run.record.runId });
    session.receive({ type: "stop", runId: "another" });
    expect(request.mock.calls.map(([, where]) => where)).toEqual([folder, null]);
  });

  it.each([[null], ["stop"], [{ type: "run" }], [{ type: "stop" }], [{ type: "ready", protocol: 2 }]])(
    "is refused when it is not understood: %j",
    (message) => {
      const { session, posted, request, problem } = open([]);
      session.receive(message);
      expect(problem).toHaveBeenCalledOnce();
      expect(request).not.toHaveBeenCalled();
      expect(posted).toEqual([]);
    },
  );
});
