import { EventEmitter } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { FollowedRun, followRuns, type OnInterrupt } from "../../../cli/follow-runs";
import type { RunDisplay } from "../../../cli/terminal/run-display";
import { ownIdentity } from "../../../run-folder/process-identity";
import { SampleHost, sampleProgress } from "../run-folder/sample-host";
import { eventLine, sampleRun, writeSampleRun } from "../run-folder/sample-run";
import { temporaryFolder } from "../run-folder/temporary-folder";

class RecordingDisplay implements RunDisplay {
  readonly heard: string[] = [];
  closed = false;
  events(run: { view: { name: string } }, events: readonly unknown[]): void {
    this.heard.push(`${run.view.name} +${events.length}`);
  }
  status(run: { view: { name: string } }, status: string): void {
    this.heard.push(`${run.view.name} ${status}`);
  }
  progress(): void {
    this.heard.push("progress");
  }
  note(text: string): void {
    this.heard.push(text);
  }
  close(): void {
    this.closed = true;
  }
}

const whole = sampleRun({ steps: 40 });
const half = sampleRun({ steps: 40, done: 20, end: "open" });
const stopEvents = sampleRun({ steps: 40, done: 20, end: "stop" }).events.slice(half.events.length);

function follow(folders: readonly string[], onInterrupt: OnInterrupt) {
  const display = new RecordingDisplay();
  const interrupts = new EventEmitter();
  const runs = folders.map((folder) => new FollowedRun(folder));
  return { display, interrupts, runs, end: followRuns(runs, display, { onInterrupt, interrupts }) };
}

/** As a host does when it is asked to stop: says so in the log, takes its discovery file away. */
async function stopWhenAsked(folder: string, host: SampleHost): Promise<void> {
  await expect.poll(() => host.stops).toBe(1);
  fs.appendFileSync(path.join(folder, "events.jsonl"), stopEvents.map(eventLine).join(""));
  host.leave();
}

describe("following runs", () => {
  it("ends when all are over, with their whole views", async () => {
    const root = temporaryFolder();
    const folder = writeSampleRun(root, half);
    const done = writeSampleRun(root, sampleRun({ steps: 40, name: "other" }));
    const host = await SampleHost.serve(folder);
    const { display, runs, end } = follow([folder, done], "stop");
    await expect.poll(() => host.clients).toEqual(["mos"]);
    host.sendProgress(sampleProgress);
    await expect.poll(() => runs[0]!.progress).toEqual(sampleProgress);
    const rest = whole.events.slice(half.events.length);
    fs.appendFileSync(path.join(folder, "events.jsonl"), rest.map(eventLine).join(""));
    host.leave();
    expect(await end).toBe("over");
    expect(runs.map(({ view }) => [view.status, view.step])).toEqual([
      ["finished", 40],
      ["finished", 40],
    ]);
    expect(display.heard).toContain("quickstart running");
    expect(display.heard.indexOf("quickstart finished")).toBeGreaterThan(0);
    expect(display.closed).toBe(true);
  });

  it("asks the hosts to stop on Ctrl-C, and waits for them", async () => {
    const folder = writeSampleRun(temporaryFolder(), half);
    const host = await SampleHost.serve(folder);
    const { interrupts, display, runs, end } = follow([folder], "stop");
    await expect.poll(() => display.heard).toContain("quickstart running");
    interrupts.emit("SIGINT");
    await stopWhenAsked(folder, host);
    expect(await end).toBe("cancelled");
    expect(runs[0]!.view.status).toBe("stopped");
    expect(interrupts.listenerCount("SIGINT")).toBe(0);
  });

  it("takes waiting runs out of the queue before it stops running ones", async () => {
    const root = temporaryFolder();
    const waiting = writeSampleRun(root, { ...half, events: [] });
    fs.rmSync(path.join(waiting, "events.jsonl"));
    const launcher = path.join(waiting, "launcher.json");
    fs.writeFileSync(launcher, JSON.stringify(ownIdentity()));
    const running = writeSampleRun(root, sampleRun({ steps: 40, done: 20, end: "open", name: "running" }));
    const host = await SampleHost.serve(running);
    const { interrupts, display, runs, end } = follow([waiting, running], "stop");
    await expect.poll(() => display.heard).toContain("quickstart queued");
    interrupts.emit("SIGTERM");
    await expect.poll(() => fs.existsSync(launcher)).toBe(false);
    expect(host.stops).toBe(0);
    // As the launcher does with a run that has left its queue.
    const left = stopEvents.at(-1)!;
    fs.writeFileSync(path.join(waiting, "events.jsonl"), eventLine({ ...left, seq: 0, step: 0 }));
    await stopWhenAsked(running, host);
    expect(await end).toBe("cancelled");
    expect(runs.map(({ view }) => view.status)).toEqual(["stopped", "stopped"]);
  });

  it("leaves at once on the second Ctrl-C", async () => {
    const folder = writeSampleRun(temporaryFolder(), half);
    const host = await SampleHost.serve(folder);
    const { interrupts, display, end } = follow([folder], "stop");
    await expect.poll(() => display.heard).toContain("quickstart running");
    interrupts.emit("SIGINT");
    interrupts.emit("SIGINT");
    expect(await end).toBe("left");
    await expect.poll(() => host.stops).toBe(1);
    host.leave();
  });

  it("only detaches from a run that was started elsewhere", async () => {
    const folder = writeSampleRun(temporaryFolder(), half);
    const host = await SampleHost.serve(folder);
    const { interrupts, display, end } = follow([folder], "detach");
    await expect.poll(() => display.heard).toContain("quickstart running");
    interrupts.emit("SIGINT");
    expect(await end).toBe("left");
    expect(host.stops).toBe(0);
    host.leave();
  });

  it("waits for the launcher's word about a host that died, and takes it", async () => {
    const folder = writeSampleRun(temporaryFolder(), half);
    const host = await SampleHost.serve(folder);
    const launcher = path.join(folder, "launcher.json");
    fs.writeFileSync(launcher, JSON.stringify(ownIdentity()));
    fs.utimesSync(launcher, 1, 1);
    const { display, runs, end } = follow([folder], "stop");
    await expect.poll(() => display.heard).toContain("quickstart running");
    host.die();
    await expect.poll(() => display.heard).toContain("quickstart interrupted");
    const failure = sampleRun({ steps: 40, done: 20, end: "failure" }).events.at(-1)!;
    fs.appendFileSync(path.join(folder, "events.jsonl"), eventLine(failure));
    await expect.poll(() => runs[0]!.view.status).toBe("failed");
    expect(await end).toBe("over");
  });

  it("takes a run whose host and launcher are gone as interrupted", async () => {
    const { runs, end } = follow([writeSampleRun(temporaryFolder(), half)], "stop");
    expect(await end).toBe("over");
    expect(runs[0]!.view.status).toBe("interrupted");
  });
});
