import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runContext, runTree } from "../../../../extension/runs/run-tree";
import { overview } from "../overview";

describe("the tree of runs", () => {
  it("groups by experiment, newest first, and counts the live ones", () => {
    const tree = runTree([
      overview({ runId: "1", created: "2026-01-01T00:00:00.000Z" }),
      overview({
        runId: "2",
        name: "skills/uniform",
        status: "running",
        created: "2026-01-02T00:00:00.000Z",
      }),
      overview({ runId: "3", name: "other", created: "2026-01-03T00:00:00.000Z" }),
    ]);
    expect(tree.map(({ label, description }) => [label, description])).toEqual([
      ["other", "1 run"],
      ["skills", "2 runs · 1 live"],
    ]);
    expect(tree[1]!.runs.map(({ label }) => label)).toEqual(["uniform", "skills"]);
    expect(tree[1]!.contextValue).toContain("comparable");
    expect(tree[0]!.contextValue).not.toContain("comparable");
  });

  it("tells experiments of the same name in two files apart by the file", () => {
    const tree = runTree([overview({ runId: "1" }), overview({ runId: "2", file: "/workspace/b.mos" })]);
    expect(tree.map(({ description }) => description).sort()).toEqual([
      "b.mos · 1 run",
      "skills.mos · 1 run",
    ]);
  });

  it("has every run once, under ids that do not change with its state", () => {
    const names = fc.constantFrom("a", "a/x", "b", "b/y");
    const status = fc.constantFrom("queued", "running", "stopped", "failed", "finished" as const);
    const runs = fc
      .array(fc.record({ name: names, status }), { maxLength: 30 })
      .map((all) => all.map((changes, index) => overview({ ...changes, runId: `r${index}` })));
    fc.assert(
      fc.property(runs, (some) => {
        const idsOf = (all: typeof some) => runTree(all).flatMap((node) => node.runs.map(({ id }) => id));
        expect(idsOf(some).sort()).toEqual(some.map(({ folder }) => `run:${folder}`).sort());
        expect(idsOf(some.map((run) => ({ ...run, status: "stopping" as const })))).toEqual(idsOf(some));
      }),
    );
  });
});

describe("what the context menu offers", () => {
  it.each([
    ["queued", "run live"],
    ["running", "run live"],
    ["stopping", "run live"],
    ["stopped", "run resumable"],
    ["interrupted", "run resumable"],
    ["failed", "run resumable"],
    ["finished", "run finished"],
  ] as const)("%s", (status, expected) => {
    expect(runContext(overview({ status }))).toBe(expected);
  });
});
