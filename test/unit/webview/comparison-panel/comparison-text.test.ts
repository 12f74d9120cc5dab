import { describe, expect, it } from "vitest";
import { compareGroups } from "../../../../run-view/group-comparison";
import { groupRuns } from "../../../../run-view/run-groups";
import {
  differenceRows,
  lossColumns,
  lossRows,
  mixtureRows,
} from "../../../../webview/comparison-panel/comparison-rows";
import {
  comparisonSentences,
  differenceText,
  speedUpText,
} from "../../../../webview/comparison-panel/comparison-text";
import { type ComparedRunOptions, comparedRun } from "../../run-view/compared-runs";

const datasets = ["arith", "convert", "facts", "copy"];

function compare(options: ComparedRunOptions[], baseline: number | null = null) {
  const groups = groupRuns(options.map(comparedRun));
  return compareGroups(groups, baseline === null ? null : groups[baseline]!.key);
}

const learned = (seed: number, losses: ComparedRunOptions["losses"]): ComparedRunOptions => ({
  name: "q",
  seed,
  losses: losses!,
});
const uniform = (seed: number, losses: ComparedRunOptions["losses"]): ComparedRunOptions => ({
  name: "q/uniform",
  mixture: "uniform",
  seed,
  losses: losses!,
});

describe("the comparison in words", () => {
  it("gives difference and speed-up of one seed against the static run", () => {
    const comparison = compare([learned(1, { 0: 2, 100: 1, 300: 0.4 }), uniform(1, { 0: 2, 300: 0.5 })]);
    const [mos, base] = comparison.results;
    expect(base!.isBaseline).toBe(true);
    expect(comparison.best).toBe(mos!.group.key);
    // 1 at step 100, 0.4 at step 300: 0.5 lies at 100 + 200 * 5/6 = 266.7; 300 / 266.7 = 1.125.
    expect(speedUpText(mos!)).toBe("at step 267 of 300: 1.13×");
    expect(differenceText(mos!)).toBe("−0.100");
    expect([speedUpText(base!), differenceText(base!)]).toEqual(["baseline", "baseline"]);
    expect(comparisonSentences(comparison)).toEqual([
      "At step 300, q has the lowest mean held-out loss, 0.400; the static baseline uniform has 0.500.",
      "There is one seed of each: a small difference can be chance, and only several seeds can tell.",
    ]);
  });

  it("pairs seeds: each run against the baseline's run with the same seed", () => {
    const comparison = compare([
      learned(1, { 0: 2, 300: 0.4 }),
      learned(2, { 0: 2, 300: 0.5 }),
      learned(3, { 0: 2, 300: 0.9 }),
      uniform(1, { 0: 2, 300: 0.5 }),
      uniform(2, { 0: 2, 300: 0.7 }),
      uniform(3, { 0: 2, 300: 0.9 }),
    ]);
    const [mos] = comparison.results;
    // -0.1, -0.2, 0: mean -0.1, sd 0.1, t(2) = 4.3027: half-width 4.3027 * 0.1 / sqrt(3).
    expect(differenceText(mos!)).toBe("−0.100 (−0.348 to +0.148)");
    // Factors: 300 / (300 * 1.5/1.6), 300 / (300 * 1.3/1.5), 1: all reach their own baseline's loss.
    const factors = [1.6 / 1.5, 1.5 / 1.3, 1];
    const mean = factors.reduce((a, b) => a + b) / 3;
    expect(speedUpText(mos!)).toBe(`3 of 3 seeds, on average ${mean.toFixed(2)}×`);
    expect(comparisonSentences(comparison)).toContain(
      "At step 300, q has the lowest mean held-out loss, 0.600 ± 0.265; the static baseline uniform has 0.700 ± 0.200.",
    );
    expect(comparisonSentences(comparison).at(-1)).toMatch(
      /^Losses are means ± standard deviations over seeds/,
    );
    expect(lossColumns(comparison)).toContain("Seeds");
  });

  it("compares only what stands at the same step", () => {
    const comparison = compare([
      { name: "q", done: 120, end: "open", status: "running", losses: { 0: 2, 100: 0.1 } },
      uniform(1, { 0: 2, 300: 0.5 }),
      { name: "q/proportional", mixture: "proportional", losses: { 0: 2, 300: 0.8 } },
    ]);
    expect(comparisonSentences(comparison).slice(0, 3)).toEqual([
      "2 of 3 have finished.",
      "At step 300, no run is below the static baseline uniform, 0.500; the nearest is proportional with 0.800.",
      "Not compared, because last evaluated at another step: q (step 100).",
    ]);
    expect(lossColumns(comparison)).toContain("Step");
  });

  it("says when some seeds of a group are behind", () => {
    const comparison = compare([
      learned(1, { 0: 2, 300: 0.4 }),
      { ...learned(2, { 0: 2, 100: 1 }), done: 120, end: "open", status: "interrupted" },
      uniform(1, { 0: 2, 300: 0.5 }),
    ]);
    expect(lossRows(comparison).map(({ cells }) => cells[0]!.text)).toEqual(["1 of 2", "1"]);
    expect(comparisonSentences(comparison)).toContain(
      "Numbers are over the seeds that have come as far as any of their group: q (1 of 2 seeds at step 300).",
    );
  });

  it("says what was not reached, and not yet", () => {
    const late = { 0: 2, 300: 0.9 };
    const [not] = compare([learned(1, late), uniform(1, { 0: 2, 300: 0.5 })]).results;
    expect(speedUpText(not!)).toBe("not reached");
    const running = {
      name: "q",
      done: 120,
      end: "open",
      status: "running",
      losses: { 0: 2, 100: 1 },
    } as const;
    const [yet] = compare([running, uniform(1, { 0: 2, 300: 0.5 })]).results;
    expect(speedUpText(yet!)).toBe("not yet");
  });

  it("measures against the group that the reader chose", () => {
    const runs = [learned(1, { 0: 2, 300: 0.4 }), uniform(1, { 0: 2, 300: 0.5 })];
    const comparison = compare(runs, 0);
    expect(comparison.baseline).toBe(comparison.results[0]!.group.key);
    expect(differenceText(comparison.results[1]!)).toBe("+0.100");
    expect(comparisonSentences(comparison)[0]).toBe(
      "At step 300, no run is below the baseline q, 0.400; the nearest is uniform with 0.500.",
    );
  });

  it("does without a baseline when no run is static", () => {
    const comparison = compare([learned(1, { 0: 2, 300: 0.4 }), { name: "q/b", losses: { 0: 2, 300: 0.3 } }]);
    expect(comparison.baseline).toBeNull();
    expect(lossColumns(comparison)).toEqual(["Run", ...datasets, "Mean", "Time"]);
    expect(comparisonSentences(comparison)[0]).toBe(
      "At step 300, b has the lowest mean held-out loss, 0.300.",
    );
  });
});

describe("rows of the comparison", () => {
  const comparison = compare([
    { name: "q" },
    { name: "q/uniform", mixture: "uniform" },
    { name: "q/proportional", mixture: "proportional" },
  ]);

  it("mark the lowest loss of each column once", () => {
    const rows = lossRows(comparison);
    datasets.forEach((name, column) => {
      const losses = comparison.results.map((result) => result.perDataset[name]!.mean);
      const marked = rows.map((row) => row.cells[column]!.best);
      expect(marked).toEqual(losses.map((loss) => loss === Math.min(...losses)));
    });
    expect(rows.every((row) => row.cells.length + 1 === lossColumns(comparison).length)).toBe(true);
  });

  it("show final mixtures that sum to one", () => {
    for (const row of mixtureRows(comparison)) {
      expect(row.cells.reduce((sum, cell) => sum + cell.bar!.share, 0)).toBeCloseTo(1, 9);
    }
  });

  it("show differences by address in the language's words", () => {
    const rows = differenceRows(comparison);
    const row = (address: string) => rows.find(({ name }) => name === address)?.cells.map(({ text }) => text);
    expect(row("mixture.kind")).toEqual(["scorer", "static", "static"]);
    expect(row("mixture.prior.temperature")).toEqual(["inf", "inf", "1"]);
    expect(row("mixture.ema")).toEqual(["beta=0.9 start=first", "–", "–"]);
    expect(row("seed")).toBeUndefined();
  });
});
