import { describe, expect, it } from "vitest";
import { planItems, runnableItems } from "../../../../extension/commands/plan-quick-pick";
import { runFoldersOf } from "../../../../extension/commands/run-folders";
import { runItems } from "../../../../extension/commands/run-quick-pick";
import { runTree } from "../../../../extension/runs/run-tree";
import { samplePlan } from "../../run-folder/sample-run";
import { overview } from "../overview";

describe("what can be run", () => {
  const base = samplePlan({ name: "skills", doc: "Does it help?\nSecond line." });
  const ablation = { ...samplePlan({ name: "skills/no-ema" }), overrides: { "mixture.ema": null } };
  const alone = samplePlan({ name: "alone" });

  it("is every experiment whole, then each of its runs; an experiment of one run once", () => {
    const items = runnableItems([base, alone, ablation]);
    expect(items.map(({ label, description }) => [label, description])).toEqual([
      ["$(run-all) skills", "all 2 runs"],
      ["$(play) skills", "as written"],
      ["$(play) skills/no-ema", "mixture.ema off"],
      ["$(play) alone", "as written"],
    ]);
    expect(items[0]!.plans).toEqual([base, ablation]);
    expect(items[0]!.detail).toBe("Does it help?");
  });

  it("is one plan per item where one is shown", () => {
    expect(planItems([base, ablation]).map(({ plans }) => plans)).toEqual([[base], [ablation]]);
  });
});

describe("runs to pick from", () => {
  it("say what they are, and those selected before are ticked", () => {
    const [running, done] = runItems(
      [overview({ runId: "1", status: "running", step: 5, progress: null }), overview({ runId: "2" })],
      ["/workspace/.mos/runs/2"],
    );
    expect(running).toMatchObject({ label: "$(loading~spin) skills", description: "5/300" });
    expect(running).not.toHaveProperty("picked");
    expect(done).toMatchObject({ description: "loss 0.2507 · 28 s", picked: true });
  });
});

describe("the runs that a command is called with", () => {
  const [experiment] = runTree([overview({ runId: "1" }), overview({ runId: "2", name: "skills/uniform" })]);
  const [first, second] = experiment!.runs;

  it("are folders, tree nodes, or all selected tree nodes", () => {
    expect(runFoldersOf("/runs/a")).toEqual(["/runs/a"]);
    expect(runFoldersOf(["/runs/a", "/runs/b"])).toEqual(["/runs/a", "/runs/b"]);
    expect(runFoldersOf(first)).toEqual([first!.run.folder]);
    expect(runFoldersOf(first, [first, second])).toEqual([first!.run.folder, second!.run.folder]);
    expect(runFoldersOf(experiment)).toHaveLength(2);
  });

  it.each([[undefined], [null], [7], [{}], [{ kind: "run" }], [{ kind: "run", run: { folder: 7 } }], [""]])(
    "are none for %j",
    (argument) => {
      expect(runFoldersOf(argument)).toEqual([]);
    },
  );
});
