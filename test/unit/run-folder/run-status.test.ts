import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { LauncherRecord } from "../../../contracts/run-folder";
import { ownIdentity } from "../../../run-folder/process-identity";
import { runStatus } from "../../../run-folder/run-status";
import { writeDiscovery } from "./sample-host";
import { type SampleRunOptions, sampleRun, writeSampleRun } from "./sample-run";
import { temporaryFolder } from "./temporary-folder";

function folderOf(options: SampleRunOptions): string {
  return writeSampleRun(temporaryFolder(), sampleRun({ steps: 20, ...options }));
}

function queuedFolder(): string {
  const folder = folderOf({});
  fs.rmSync(path.join(folder, "events.jsonl"));
  return folder;
}

function announceLauncher(folder: string, record: LauncherRecord, ageSeconds: number): void {
  const file = path.join(folder, "launcher.json");
  fs.writeFileSync(file, JSON.stringify(record));
  const time = Date.now() / 1000 - ageSeconds;
  fs.utimesSync(file, time, time);
}

const own: LauncherRecord = ownIdentity();
const dead: LauncherRecord = { ...own, processStart: "1" };

describe("the status of a run", () => {
  it("is that of a live host", () => {
    const folder = folderOf({ done: 10, end: "open" });
    writeDiscovery(folder);
    expect(runStatus(folder)).toBe("running");
    writeDiscovery(folder, { stopping: true });
    expect(runStatus(folder)).toBe("stopping");
  });

  it("is interrupted when the host is gone without a word", () => {
    const folder = folderOf({ done: 10, end: "open" });
    expect(runStatus(folder)).toBe("interrupted");
    writeDiscovery(folder, { processStart: "1" });
    expect(runStatus(folder)).toBe("interrupted");
  });

  it("is what the last event says when no host lives", () => {
    expect(runStatus(folderOf({}))).toBe("finished");
    expect(runStatus(folderOf({ done: 10, end: "stop" }))).toBe("stopped");
    expect(runStatus(folderOf({ done: 10, end: "failure" }))).toBe("failed");
  });

  it("is running again while a resumed host has not yet written", () => {
    const folder = folderOf({ done: 10, end: "stop" });
    writeDiscovery(folder);
    expect(runStatus(folder)).toBe("running");
  });

  it("is queued while a launcher lives and no host has started, interrupted when the launcher died", () => {
    const folder = queuedFolder();
    announceLauncher(folder, own, 0);
    expect(runStatus(folder)).toBe("queued");
    announceLauncher(folder, dead, 0);
    expect(runStatus(folder)).toBe("interrupted");
    expect(runStatus(queuedFolder())).toBe("interrupted");
  });

  it("is queued again when a launcher will resume it, but not because its launcher lives on for other runs", () => {
    const folder = folderOf({ done: 10, end: "stop" });
    announceLauncher(folder, own, 60);
    expect(runStatus(folder)).toBe("stopped");
    announceLauncher(folder, own, -60);
    expect(runStatus(folder)).toBe("queued");
  });
});
