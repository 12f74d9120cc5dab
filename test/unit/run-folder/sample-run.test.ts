import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { runEventSchema } from "../../../contracts/run-event";
import { runRecordSchema, runResultSchema } from "../../../contracts/run-folder";
import { type SampleMixture, type SampleRunOptions, sampleComparison, sampleRun } from "./sample-run";

const mixtures: SampleMixture[] = [
  "difficulty",
  "transferability",
  "difficulty+transferability",
  "uniform",
  "proportional",
];
const ends: SampleRunOptions[] = [
  {},
  { done: 130, end: "stop" },
  { done: 130, end: "failure" },
  { done: 130, end: "open", resumedAt: 100 },
];

describe("sample runs", () => {
  it.each(mixtures)("are valid by the contracts (%s)", (mixture) => {
    for (const options of ends) {
      const run = sampleRun({ mixture, ...options });
      v.parse(runRecordSchema, run.record);
      v.parse(v.array(runEventSchema), run.events);
      if (run.result) v.parse(runResultSchema, run.result);
    }
  });

  it("are the same every time, and differ by seed", () => {
    expect(sampleRun({ seed: 3 })).toEqual(sampleRun({ seed: 3 }));
    expect(sampleRun({ seed: 3 }).events).not.toEqual(sampleRun({ seed: 4 }).events);
  });

  it("number their events without gaps, and their counts add up", () => {
    const { events } = sampleRun({ steps: 240, batch: 8 });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    const finish = events.at(-1)!;
    if (finish.type !== "finish") throw new Error("the run did not finish");
    expect(Object.values(finish.drawn).reduce((a, b) => a + b, 0)).toBe(240 * 8);
    for (const event of events) {
      if (event.type !== "update") continue;
      expect(Object.values(event.p).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
  });

  it("give a comparison with distinct ids and hashes", () => {
    const runs = sampleComparison({ steps: 40 });
    expect(new Set(runs.map(({ record }) => record.runId)).size).toBe(4);
    expect(new Set(runs.map(({ record }) => record.plan.hash)).size).toBe(4);
  });
});
