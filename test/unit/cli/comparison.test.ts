import { describe, expect, it } from "vitest";
import { compareRunsAndGroups, comparisonJson } from "../../../cli/comparison";
import { UsageError } from "../../../cli/report-error";
import { compareRuns } from "../../../run-view/comparison";
import { type ComparedRunOptions, comparedRun } from "../run-view/compared-runs";

const learned = (seed: number, loss: number): ComparedRunOptions => ({
  name: "q",
  seed,
  losses: { 0: 2, 300: loss },
});
const uniform = (seed: number, loss: number): ComparedRunOptions => ({
  name: "q/uniform",
  mixture: "uniform",
  seed,
  losses: { 0: 2, 300: loss },
});

const runs = [learned(1, 0.4), uniform(1, 0.5), learned(2, 0.3), uniform(2, 0.6)].map(comparedRun);
const baselineOf = (name: string | null) => {
  const { groups } = compareRunsAndGroups(runs, name);
  return groups.results.find(({ group }) => group.key === groups.baseline)?.group.name;
};

describe("the baseline of a comparison", () => {
  it.each([
    [null, "q/uniform"],
    ["q/uniform", "q/uniform"],
    ["uniform", "q/uniform"],
    ["q", "q"],
    [runs[2]!.view.id, "q"],
  ])("%s means %s", (name, group) => {
    expect(baselineOf(name)).toBe(group);
  });

  it("must be one of the runs: otherwise the choices are listed", () => {
    expect(() => baselineOf("unifrom")).toThrow(
      new UsageError('--baseline "unifrom" is none of the runs compared; it takes one of "q", "q/uniform".'),
    );
    const twice = [{ name: "q" }, { name: "q", steps: 200 }].map(comparedRun);
    expect(() => compareRunsAndGroups(twice, "q")).toThrow(
      /^--baseline "q" can be 2 of the runs compared; it takes one of "q \([0-9a-f]{8}\)", "q \([0-9a-f]{8}\)"\.$/,
    );
  });

  it("is for single runs the strongest of its group", () => {
    expect(compareRunsAndGroups(runs, null).runs).toEqual(compareRuns(runs, runs[1]!.view.id));
    expect(compareRunsAndGroups(runs, "q").runs.baseline).toBe(runs[2]!.view.id);
  });

  it("is with one seed of each the one that was chosen, or the strongest static run", () => {
    const single = runs.slice(0, 2);
    expect(compareRunsAndGroups(single, null).runs).toEqual(compareRuns(single));
    expect(compareRunsAndGroups(single, "q").runs.baseline).toBe(single[0]!.view.id);
  });
});

describe("the comparison as JSON", () => {
  const json = JSON.parse(JSON.stringify(comparisonJson(compareRunsAndGroups(runs, null))));

  it("keeps the runs as they were, and adds the groups", () => {
    const { groups, ...rest } = json;
    expect(rest).toEqual(JSON.parse(JSON.stringify(compareRuns(runs, runs[1]!.view.id))));
    expect(groups).toHaveLength(2);
  });

  it("has of a group its members and numbers, and no whole runs", () => {
    expect(json.groups[0]).toEqual({
      name: "q",
      label: "q",
      isStatic: false,
      isBaseline: false,
      status: "finished",
      runs: [runs[0]!.view.id, runs[2]!.view.id],
      seeds: [1, 2],
      counted: [runs[0]!.view.id, runs[2]!.view.id],
      step: 300,
      reference: {
        mean: expect.closeTo(0.35, 12),
        deviation: expect.closeTo(0.1 / Math.SQRT2, 12),
        count: 2,
      },
      perDataset: expect.objectContaining({ arith: expect.objectContaining({ count: 2 }) }),
      difference: {
        mean: expect.closeTo(-0.2, 12),
        low: expect.closeTo(-0.2 - 1.27062, 4),
        high: expect.closeTo(-0.2 + 1.27062, 4),
        count: 2,
      },
      speedUp: { factor: expect.objectContaining({ count: 2 }), reached: 2, of: 2 },
      mixture: expect.objectContaining({ copy: expect.objectContaining({ count: 2 }) }),
      drawnShare: expect.objectContaining({ copy: expect.objectContaining({ count: 2 }) }),
      epochs: expect.objectContaining({ copy: expect.objectContaining({ count: 2 }) }),
      seconds: expect.objectContaining({ count: 2 }),
      overheadSeconds: expect.objectContaining({ count: 2 }),
    });
    expect(json.groups[1]).toMatchObject({ isBaseline: true, difference: null, speedUp: null });
  });
});
