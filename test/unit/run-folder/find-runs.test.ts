import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRun, listRuns, matchRunIds } from "../../../run-folder/find-runs";
import { sampleComparison, sampleRun, writeSampleRun } from "./sample-run";
import { temporaryFolder } from "./temporary-folder";

describe("listing runs", () => {
  it("gives every run with its status and progress, oldest first, and the other folders with a reason", () => {
    const root = temporaryFolder();
    const runs = sampleComparison({ steps: 20 });
    for (const run of [...runs].reverse()) writeSampleRun(root, run);
    fs.mkdirSync(path.join(root, "notes"));
    fs.writeFileSync(path.join(root, "a-file"), "");
    fs.mkdirSync(path.join(root, "broken"));
    fs.writeFileSync(path.join(root, "broken", "plan.json"), "{}");
    const list = listRuns(root);
    expect(list.runs.map(({ record }) => record.runId)).toEqual(runs.map(({ record }) => record.runId));
    expect(list.runs[0]).toMatchObject({ status: "finished", step: 20, steps: 20 });
    expect(list.skipped.map(({ folder }) => path.basename(folder))).toEqual(["broken", "notes"]);
    expect(list.skipped[1]!.reason).toContain("it has no plan.json");
  });

  it("takes a runs folder that is not there as empty", () => {
    expect(listRuns(path.join(temporaryFolder(), "none"))).toEqual({ runs: [], skipped: [] });
  });
});

describe("finding a run", () => {
  it("by id, by a unique beginning, by folder; and says why not", () => {
    const root = temporaryFolder();
    const [one, two] = ["20260101-000001-a-1", "20260101-000002-b-2"];
    for (const runId of [one, two]) writeSampleRun(root, sampleRun({ runId, steps: 2 }));
    const folder = path.join(root, one);
    expect(findRun(root, one)).toBe(folder);
    expect(findRun(root, "20260101-000001")).toBe(folder);
    expect(findRun("/nowhere", folder)).toBe(folder);
    expect(findRun("/nowhere", `./${one}`, root)).toBe(folder);
    expect(() => findRun(root, "2026")).toThrow("2 run ids");
    expect(() => findRun(root, "1999")).toThrow('no run "1999"');
    expect(() => findRun(root, "")).toThrow("no run");
  });

  it("prefers the whole id to ids that begin with it", () => {
    expect(matchRunIds(["a", "a-2", "b"], "a")).toEqual(["a"]);
  });

  it("finds exactly the ids with the prefix, and every id by itself (property)", () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[ab]{1,5}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ids, fc.stringMatching(/^[ab]{1,5}$/), (all, wanted) => {
        const found = matchRunIds(all, wanted);
        if (all.includes(wanted)) expect(found).toEqual([wanted]);
        else expect(found).toEqual(all.filter((id) => id.slice(0, wanted.length) === wanted));
        for (const id of all) expect(matchRunIds(all, id)).toEqual([id]);
      }),
    );
  });
});
