import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProgressParams } from "../../../contracts/host-protocol";
import type { RunEvent } from "../../../contracts/run-event";
import type { RunStatus } from "../../../contracts/run-folder";
import { type RunWatch, type WatchOptions, watchRun } from "../../../run-folder/run-watch";
import { SampleHost, sampleProgress } from "./sample-host";
import { eventLine, sampleRun, writeSampleRun } from "./sample-run";
import { temporaryFolder } from "./temporary-folder";

const run = sampleRun({ steps: 60 });

/** Everything a watch told, in order. */
class Ear {
  events: RunEvent[] = [];
  statuses: RunStatus[] = [];
  progress: ProgressParams[] = [];
  problems: string[] = [];
  resets = 0;
  readonly watch: RunWatch;

  constructor(folder: string, options: WatchOptions = { interval: 20 }) {
    this.watch = watchRun(
      folder,
      {
        events: (events) => this.events.push(...events),
        reset: () => {
          this.events = [];
          this.resets++;
        },
        status: (status) => this.statuses.push(status),
        progress: (progress) => this.progress.push(progress),
        problem: ({ file, line }) => this.problems.push(`${path.basename(file)}:${line}`),
      },
      options,
    );
    onTestFinished(() => this.watch.dispose());
  }
}

describe("watching a run", () => {
  it("tells what was there, then what is added, then the end", async () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 10) });
    const host = await SampleHost.serve(folder);
    const ear = new Ear(folder);
    await expect.poll(() => ear.events).toEqual(run.events.slice(0, 10));
    expect(ear.statuses).toEqual(["running"]);
    fs.appendFileSync(path.join(folder, "events.jsonl"), run.events.slice(10).map(eventLine).join(""));
    await expect.poll(() => ear.events).toEqual(run.events);
    host.leave();
    await expect.poll(() => ear.statuses).toEqual(["running", "finished"]);
  });

  it("hears a host's progress, and sees it die as interrupted", async () => {
    const folder = writeSampleRun(temporaryFolder(), sampleRun({ steps: 60, done: 20, end: "open" }));
    const host = await SampleHost.serve(folder);
    const ear = new Ear(folder);
    await expect.poll(() => host.clients).toEqual(["mos"]);
    host.sendProgress(sampleProgress);
    await expect.poll(() => ear.progress).toEqual([sampleProgress]);
    host.die();
    await expect.poll(() => ear.statuses).toEqual(["running", "interrupted"]);
  });

  it("begins again when the log was cut, also when it has grown past the old end since", async () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 30) });
    const ear = new Ear(folder, { interval: 100_000 });
    await expect.poll(() => ear.events).toHaveLength(30);
    const later = run.events.slice(10).map((event) => ({ ...event, time: "2026-02-02T00:00:00.000Z" }));
    const rewritten = [...run.events.slice(0, 10), ...later];
    fs.writeFileSync(path.join(folder, "events.jsonl"), rewritten.map(eventLine).join(""));
    ear.watch.refresh();
    expect(ear.resets).toBe(1);
    expect(ear.events).toEqual(rewritten);
  });

  it("reports lines that are no events once, with their line", async () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 2) });
    const ear = new Ear(folder, { interval: 100_000 });
    await expect.poll(() => ear.events).toHaveLength(2);
    fs.appendFileSync(path.join(folder, "events.jsonl"), "nonsense\n");
    ear.watch.refresh();
    ear.watch.refresh();
    expect(ear.problems).toEqual(["events.jsonl:3"]);
  });

  it("is silent after dispose", async () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 2) });
    const ear = new Ear(folder);
    await expect.poll(() => ear.events).toHaveLength(2);
    ear.watch.dispose();
    fs.appendFileSync(path.join(folder, "events.jsonl"), eventLine(run.events[2]!));
    ear.watch.refresh();
    expect(ear.events).toHaveLength(2);
  });

  it("tells each event once and in order, however the writes and the looks are split (property)", async () => {
    const events = run.events.slice(0, 15);
    const bytes = Buffer.from(events.map(eventLine).join(""));
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 });
    const root = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(cuts, async (where) => {
        const folder = fs.mkdtempSync(path.join(root, "run-"));
        const file = path.join(folder, "events.jsonl");
        const ear = new Ear(folder, { interval: 100_000 });
        let written = 0;
        for (const end of [...where.sort((a, b) => a - b), bytes.length]) {
          fs.appendFileSync(file, bytes.subarray(written, end));
          written = end;
          ear.watch.refresh();
        }
        ear.watch.dispose();
        expect(ear.events).toEqual(events);
        expect(ear.resets).toBe(0);
        expect(ear.problems).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
