import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { NewRunEvent } from "../../../../contracts/run-event";
import { runFolderLayout } from "../../../../contracts/run-folder";
import { readEvents } from "../../../../run-folder/run-files";
import { EventLog } from "../../../../training-host/runs/event-log";
import { ProbabilityLog } from "../../../../training-host/runs/probability-log";
import { temporaryFolder } from "../../run-folder/temporary-folder";

const everything = { throughStep: Number.POSITIVE_INFINITY };

function checkpoint(step: number): NewRunEvent {
  return { type: "checkpoint", step, path: `checkpoints/step-${step}` };
}

test("numbers records from 0 without gaps, also over sessions", () => {
  const run = temporaryFolder();
  for (const step of [1, 2, 3]) {
    const log = EventLog.open(run, everything);
    log.append(checkpoint(step));
    log.append(checkpoint(step));
    log.close();
  }
  expect(readEvents(run).events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("keeps what belongs to the checkpoint and cuts the rest, wherever the file was torn", () => {
  const run = temporaryFolder();
  const file = path.join(run, runFolderLayout.events);
  const log = EventLog.open(run, everything);
  for (let step = 1; step <= 12; step++) log.append(checkpoint(step));
  log.close();
  const whole = fs.readFileSync(file);
  const lineEnds = [...whole.keys()].filter((at) => whole[at] === 0x0a);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(12), (size, throughStep) => {
      fs.writeFileSync(file, whole.subarray(0, size));
      const opened = EventLog.open(run, { throughStep });
      opened.close();
      const complete = lineEnds.filter((end) => end < size).length;
      const kept = Math.min(complete, throughStep);
      expect(readEvents(run).events.map(({ step }) => step)).toEqual(
        Array.from({ length: kept }, (_, i) => i + 1),
      );
      expect(fs.statSync(file).size).toBe(kept === 0 ? 0 : lineEnds[kept - 1]! + 1);
      expect(opened.lastEvent?.step ?? 0).toBe(kept);
    }),
  );
});

test("a run that begins again keeps its start alone, and nothing when that is not the first record", () => {
  const run = temporaryFolder();
  const log = EventLog.open(run, everything);
  log.append({ type: "failure", step: 0, message: "a", advice: "" });
  log.append(checkpoint(3));
  log.close();
  expect(EventLog.open(run, "start").lastEvent).toBeNull();
  expect(readEvents(run).events).toEqual([]);
});

test("the log of probabilities is cut to a step as well", () => {
  const run = temporaryFolder();
  const p = new Map([
    ["a", 0.25],
    ["b", 0.75],
  ]);
  const log = ProbabilityLog.open(run, -1);
  for (const step of [0, 10, 20, 30]) log.append(step, p);
  fs.appendFileSync(path.join(run, runFolderLayout.probabilities), '{"step":4');
  ProbabilityLog.open(run, 20).append(30, p);
  const lines = fs.readFileSync(path.join(run, runFolderLayout.probabilities), "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [0, 10, 20, 30].map((step) => ({ step, a: 0.25, b: 0.75 })),
  );
});
