import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../contracts/user-error";
import {
  readDiscovery,
  readEvents,
  readFirstEvent,
  readLastEvent,
  readResult,
  readRunRecord,
} from "../../../run-folder/run-files";
import { eventLine, sampleRun, writeSampleRun } from "./sample-run";
import { temporaryFolder } from "./temporary-folder";

const run = sampleRun({ steps: 40 });

describe("reading a run's files", () => {
  it("gives back the record, the events and the result that were written", () => {
    const folder = writeSampleRun(temporaryFolder(), run);
    expect(readRunRecord(folder)).toEqual(run.record);
    expect(readEvents(folder)).toMatchObject({ events: run.events, problems: [] });
    expect(readFirstEvent(folder)).toEqual(run.events[0]);
    expect(readLastEvent(folder)).toEqual(run.events.at(-1));
    expect(readResult(folder)).toEqual(run.result);
  });

  it("leaves a torn last line for the next reading", () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 3) });
    const file = path.join(folder, "events.jsonl");
    const [torn, next] = [eventLine(run.events[3]!), eventLine(run.events[4]!)];
    fs.appendFileSync(file, torn.slice(0, 30));
    const first = readEvents(folder);
    expect(first.events).toHaveLength(3);
    expect(first.problems).toEqual([]);
    expect(readLastEvent(folder)).toEqual(run.events[2]);
    fs.appendFileSync(file, torn.slice(30) + next);
    expect(readEvents(folder, first.offset).events).toEqual([run.events[3], run.events[4]]);
  });

  it("reports lines that are no events with file and line, also when reading on, and keeps the others", () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 2) });
    const file = path.join(folder, "events.jsonl");
    const { offset } = readEvents(folder);
    fs.appendFileSync(
      file,
      `not json\n${eventLine(run.events[2]!)}{"seq":3,"time":"","step":1,"type":"step"}\n`,
    );
    const { events, problems } = readEvents(folder, offset);
    expect(events).toEqual([run.events[2]]);
    expect(problems.map(({ file: at, line }) => [at, line])).toEqual([
      [file, 3],
      [file, 5],
    ]);
    expect(problems[0]!.message).toContain("not JSON");
    expect(problems[1]!.message).toContain("`loss`");
  });

  it("says what is wrong with a folder that is no run", () => {
    const folder = temporaryFolder();
    expect(() => readRunRecord(folder)).toThrow(UserError);
    expect(() => readRunRecord(folder)).toThrow("it has no plan.json");
    fs.writeFileSync(path.join(folder, "plan.json"), "{");
    expect(() => readRunRecord(folder)).toThrow("plan.json is not JSON");
    fs.writeFileSync(path.join(folder, "plan.json"), JSON.stringify({ ...run.record, version: 2 }));
    expect(() => readRunRecord(folder)).toThrow("`version`");
  });

  it("takes a discovery file that is being written as absent", () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "host.json"), '{"protocol":1,');
    expect(readDiscovery(folder)).toBeNull();
  });

  it("finds the last event behind lines longer than one look at the end", () => {
    const folder = writeSampleRun(temporaryFolder(), { ...run, events: run.events.slice(0, 5) });
    const alert = {
      seq: 5,
      time: "2026-01-01T00:00:00.000Z",
      step: 4,
      type: "alert",
      kind: "collapse",
      dataset: null,
    };
    fs.appendFileSync(
      path.join(folder, "events.jsonl"),
      `${JSON.stringify({ ...alert, message: "x".repeat(40_000) })}\n`,
    );
    expect(readLastEvent(folder)).toMatchObject({ seq: 5, type: "alert" });
  });

  it("loses and repeats nothing however the writes are split (property)", () => {
    const events = run.events.slice(0, 20);
    const bytes = Buffer.from(events.map(eventLine).join(""));
    const root = temporaryFolder();
    let count = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 30 }), (cuts) => {
        const folder = path.join(root, String(count++));
        fs.mkdirSync(folder);
        const file = path.join(folder, "events.jsonl");
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const seen = [];
        let written = 0;
        let offset = 0;
        for (const end of ends) {
          fs.appendFileSync(file, bytes.subarray(written, end));
          written = end;
          const read = readEvents(folder, offset);
          expect(read.problems).toEqual([]);
          offset = read.offset;
          seen.push(...read.events);
        }
        expect(seen).toEqual(events);
      }),
      { numRuns: 60 },
    );
  });
});
