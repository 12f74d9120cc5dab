import { describe, expect, it } from "vitest";
import { type ComparedRun, compareRuns } from "../../../run-view/comparison";
import { compareGroups, type GroupResult } from "../../../run-view/group-comparison";
import { groupRuns } from "../../../run-view/run-groups";
import type { SampleMixture } from "../run-folder/sample-run";
import { type ComparedRunOptions, comparedRun } from "./compared-runs";

type Losses = NonNullable<ComparedRunOptions["losses"]>;

const learned = (seed: number, losses: Losses): ComparedRunOptions => ({ name: "q", seed, losses });
const uniform = (seed: number, losses: Losses): ComparedRunOptions => ({
  name: "q/uniform",
  mixture: "uniform",
  seed,
  losses,
});
const proportional = (seed: number, losses: Losses): ComparedRunOptions => ({
  name: "q/proportional",
  mixture: "proportional",
  seed,
  losses,
});
const stoppedAt = (step: number, options: ComparedRunOptions): ComparedRunOptions => ({
  ...options,
  done: step,
  end: "open",
  status: "interrupted",
});

function compare(options: readonly ComparedRunOptions[], baseline: number | null = null) {
  const groups = groupRuns(options.map(comparedRun));
  return compareGroups(groups, baseline === null ? null : groups[baseline]!.key);
}

const results = (...options: ComparedRunOptions[]) => compare(options).results;

describe("groups over seeds: a worked example", () => {
  const comparison = compare([
    learned(1, { 0: 2, 300: 0.4 }),
    learned(2, { 0: 2, 300: 0.5 }),
    learned(3, { 0: 2, 300: 0.9 }),
    uniform(1, { 0: 2, 300: 0.5 }),
    uniform(2, { 0: 2, 300: 0.7 }),
    uniform(3, { 0: 2, 300: 0.8 }),
  ]);
  const [mos, base] = comparison.results as [GroupResult, GroupResult];

  it("has mean and deviation of the reference loss and of every dataset's", () => {
    // 0.4, 0.5, 0.9: mean 0.6, sd sqrt((0.04 + 0.01 + 0.09) / 2).
    const expected = {
      mean: expect.closeTo(0.6, 12),
      deviation: expect.closeTo(Math.sqrt(0.07), 12),
      count: 3,
    };
    expect(mos.reference).toEqual(expected);
    expect(Object.keys(mos.perDataset)).toEqual(comparison.datasets);
    for (const name of comparison.datasets) expect(mos.perDataset[name]).toEqual(expected);
    expect([base.isBaseline, base.difference, base.speedUp]).toEqual([true, null, null]);
    expect([comparison.best, comparison.step]).toEqual([mos.group.key, 300]);
  });

  it("has the difference paired by seed, with Student's interval", () => {
    // -0.1, -0.2, +0.1: mean -0.0667, sd 0.15275, t(2) = 4.3027.
    const half = (4.3027 * Math.sqrt(0.07 / 3)) / Math.sqrt(3);
    expect(mos.difference).toEqual({
      mean: expect.closeTo(-0.2 / 3, 12),
      low: expect.closeTo(-0.2 / 3 - half, 4),
      high: expect.closeTo(-0.2 / 3 + half, 4),
      count: 3,
    });
  });

  it("has the mean speed-up of the seeds that reach their own baseline's loss, and how many do", () => {
    // Straight lines from 2: 0.5 on the way to 0.4 at 300 * 1.5 / 1.6; 0.7 on the way to 0.5 at 300 * 1.3 / 1.5; 0.8 never.
    expect(mos.speedUp).toMatchObject({ reached: 2, of: 3 });
    expect(mos.speedUp!.factor!.mean).toBeCloseTo((1.6 / 1.5 + 1.5 / 1.3) / 2, 12);
  });

  it("is of the runs' own mixtures, seconds and rewards", () => {
    const rows = compareRuns(mos.group.runs).rows;
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 3;
    for (const name of comparison.datasets) {
      expect(mos.mixture[name]!.mean).toBeCloseTo(mean(rows.map(({ mixture }) => mixture[name]!)), 12);
      expect(mos.drawnShare[name]!.mean).toBeCloseTo(mean(rows.map((row) => row.drawnShare[name]!)), 12);
    }
    expect(mos.seconds!.mean).toBeCloseTo(mean(rows.map(({ seconds }) => seconds)), 9);
    expect(mos.overheadSeconds!.mean).toBeCloseTo(mean(rows.map((row) => row.overheadSeconds)), 9);
    expect(mos.overheadSeconds!.mean).toBeGreaterThan(0);
    expect(base.overheadSeconds!.mean).toBe(0);
  });
});

describe("the baseline", () => {
  it("is the static group with the lowest mean, not the one with the luckiest run", () => {
    const { baseline, results } = compare([
      proportional(1, { 0: 2, 300: 0.1 }),
      proportional(2, { 0: 2, 300: 0.9 }),
      uniform(1, { 0: 2, 300: 0.4 }),
      uniform(2, { 0: 2, 300: 0.4 }),
      learned(1, { 0: 2, 300: 0.3 }),
    ]);
    expect(baseline).toBe(results[1]!.group.key);
  });

  it("is the one that was chosen", () => {
    const { baseline, results } = compare([learned(1, { 300: 0.4 }), uniform(1, { 300: 0.5 })], 0);
    expect(baseline).toBe(results[0]!.group.key);
    expect(results[1]!.difference!.mean).toBeCloseTo(0.1, 12);
  });

  it("is missing when no static run has finished", () => {
    const { baseline, results } = compare([
      learned(1, { 0: 2, 300: 0.4 }),
      learned(2, { 0: 2, 300: 0.3 }),
      stoppedAt(120, uniform(1, { 0: 2, 100: 0.1 })),
    ]);
    expect(baseline).toBeNull();
    expect(results[0]).toMatchObject({ difference: null, speedUp: null, reference: { count: 2 } });
  });
});

describe("seeds that are not level", () => {
  it("count in no number but are members: losses at different steps say nothing about each other", () => {
    const [mos] = results(
      learned(1, { 0: 2, 300: 0.4 }),
      stoppedAt(120, learned(2, { 0: 2, 100: 1.5 })),
      uniform(1, { 0: 2, 300: 0.5 }),
      uniform(2, { 0: 2, 300: 0.5 }),
    );
    expect(mos).toMatchObject({
      status: "interrupted",
      step: 300,
      reference: { mean: 0.4, count: 1, deviation: null },
    });
    expect(mos!.group.runs).toHaveLength(2);
    expect(mos!.counted.map(({ view }) => view.seed)).toEqual([1]);
    expect(mos!.difference).toMatchObject({
      mean: expect.closeTo(-0.1, 12),
      count: 1,
      low: null,
      high: null,
    });
    expect(mos!.speedUp).toMatchObject({ reached: 1, of: 1 });
    expect(mos!.seconds!.count).toBe(1);
  });

  it("leave groups at different steps without a difference, and out of the choice of the best", () => {
    const { results, best, step } = compare([
      stoppedAt(120, learned(1, { 0: 2, 100: 0.1 })),
      uniform(1, { 0: 2, 300: 0.5 }),
      proportional(1, { 0: 2, 300: 0.8 }),
    ]);
    expect(results[0]!.difference).toBeNull();
    expect([best, step]).toEqual([results[1]!.group.key, 300]);
  });

  it("are paired where both groups have the seed", () => {
    const [mos] = results(
      learned(1, { 0: 2, 300: 0.4 }),
      learned(2, { 0: 2, 300: 0.1 }),
      uniform(1, { 0: 2, 300: 0.5 }),
      uniform(3, { 0: 2, 300: 0.9 }),
    );
    expect(mos!.difference).toMatchObject({ mean: expect.closeTo(-0.1, 12), count: 1 });
    expect(mos!.speedUp!.of).toBe(1);
    expect(mos!.reference!.count).toBe(2);
  });

  it("give a difference of means without an interval when no seed is shared", () => {
    const [mos] = results(
      learned(1, { 0: 2, 300: 0.4 }),
      learned(2, { 0: 2, 300: 0.2 }),
      uniform(3, { 0: 2, 300: 0.5 }),
      uniform(4, { 0: 2, 300: 0.7 }),
    );
    expect(mos!.difference).toEqual({ mean: expect.closeTo(-0.3, 12), low: null, high: null, count: 0 });
    expect(mos!.speedUp!.of).toBe(2);
  });

  it("have nothing to say before the first evaluation", () => {
    const [mos] = results(
      { name: "q", done: 0, end: "open", status: "running", losses: {} },
      uniform(1, { 300: 0.5 }),
    );
    expect(mos).toMatchObject({ step: null, reference: null, difference: null, speedUp: null });
    expect(mos!.counted).toHaveLength(1);
    expect(compare([])).toEqual({
      results: [],
      datasets: [],
      baseline: null,
      step: null,
      best: null,
      differences: [],
    });
  });
});

describe("what cannot be compared", () => {
  it("is a loss on other held-out examples", () => {
    const fewer = comparedRun(uniform(1, { 0: 2, 300: 0.5 }));
    const evaluations = fewer.view.evaluations.map((one) => ({
      ...one,
      perDataset: { arith: { ...one.perDataset.arith!, tokens: 1 } },
    }));
    const other: ComparedRun = { ...fewer, view: { ...fewer.view, evaluations } };
    for (const seed of [1, 2]) {
      const [mos] = compareGroups(
        groupRuns([comparedRun(learned(seed, { 0: 2, 300: 0.4 })), other]),
        null,
      ).results;
      expect(mos).toMatchObject({ difference: null, speedUp: null });
    }
  });
});

describe("what differs in the config", () => {
  it("is told of the groups, without the seed", () => {
    const mixtures: SampleMixture[] = ["difficulty", "uniform"];
    const { differences, results } = compare(
      mixtures.flatMap((mixture) => [1, 2].map((seed) => ({ name: `q/${mixture}`, mixture, seed }))),
    );
    expect(differences.map(({ address }) => address)).not.toContain("seed");
    const kinds = differences.find(({ address }) => address === "mixture.kind")!.values;
    expect(results.map(({ group }) => kinds[group.key])).toEqual(["scorer", "static"]);
  });
});
