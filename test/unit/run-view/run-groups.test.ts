import { describe, expect, it } from "vitest";
import { groupRuns, nameWithoutSeed } from "../../../run-view/run-groups";
import { comparedRun } from "./compared-runs";

const groups = (...options: Parameters<typeof comparedRun>[0][]) =>
  groupRuns(options.map(comparedRun)).map(({ label, runs, isStatic }) => ({
    label,
    seeds: runs.map(({ view }) => view.seed),
    isStatic,
  }));

describe("groupRuns", () => {
  it("takes runs of one name and config together when only their seeds differ", () => {
    expect(
      groups(
        { name: "q", seed: 1 },
        { name: "q/uniform", mixture: "uniform", seed: 1 },
        { name: "q", seed: 2 },
        { name: "q/uniform", mixture: "uniform", seed: 2 },
      ),
    ).toEqual([
      { label: "q", seeds: [1, 2], isStatic: false },
      { label: "uniform", seeds: [1, 2], isStatic: true },
    ]);
  });

  it("keeps apart what differs in name, in config, or in nothing at all", () => {
    const made = groups(
      { name: "q", seed: 1 },
      { name: "q/other", seed: 2 },
      { name: "q", seed: 3, steps: 200 },
      { name: "q", seed: 1, created: "2026-01-05T00:00:00.000Z" },
    );
    expect(made.map(({ seeds }) => seeds)).toEqual([[1], [2], [3], [1]]);
    expect(made[1]!.label).toBe("other");
    expect(new Set(made.map(({ label }) => label)).size).toBe(4);
    // All but the last were created in one second, and the last has the first one's plan: only the ids differ.
    expect(made[3]!.label).toMatch(/^q \(20260105-000000-q-[0-9a-f]{8}\)$/);
  });

  it("tells namesakes by the shortest that tells them", () => {
    const created = "2026-01-05T00:00:00.000Z";
    expect(groups({ name: "q" }, { name: "q", created }).map(({ label }) => label)).toEqual([
      "q (2026-01-02 03:04:05)",
      "q (2026-01-05 00:00:00)",
    ]);
    const plans = groups({ name: "q" }, { name: "q", steps: 200 }).map(({ label }) => label);
    expect(plans).toEqual([
      expect.stringMatching(/^q \([0-9a-f]{8}\)$/),
      expect.stringMatching(/^q \([0-9a-f]{8}\)$/),
    ]);
  });

  it("takes the points of a sweep over seeds together", () => {
    expect(groups({ name: "q/seeds/seed=1", seed: 1 }, { name: "q/seeds/seed=2", seed: 2 })).toEqual([
      { label: "seeds", seeds: [1, 2], isStatic: false },
    ]);
    expect(nameWithoutSeed("q/sizes/hidden=64,seed=3")).toBe("q/sizes/hidden=64");
    expect(nameWithoutSeed("seed")).toBe("seed");
  });

  it("has whole names, too, and none twice", () => {
    const names = groupRuns(
      [{ name: "q" }, { name: "q/q", steps: 200 }, { name: "q/seeds/seed=1" }, { name: "q", steps: 100 }].map(
        comparedRun,
      ),
    ).map(({ name }) => name);
    expect(names).toEqual([
      expect.stringMatching(/^q \([0-9a-f]{8}\)$/),
      "q/q",
      "q/seeds",
      expect.stringMatching(/^q \([0-9a-f]{8}\)$/),
    ]);
  });

  it("keeps experiments' names when there are several", () => {
    expect(groups({ name: "a" }, { name: "b/c" }).map(({ label }) => label)).toEqual(["a", "b/c"]);
  });
});
