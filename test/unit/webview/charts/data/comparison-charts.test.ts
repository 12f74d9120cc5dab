import { describe, expect, it } from "vitest";
import { groupRuns } from "../../../../../run-view/run-groups";
import { mixturePathCharts, referenceLossChart } from "../../../../../webview/charts/data/comparison-charts";
import { comparedRun } from "../../../run-view/compared-runs";

const datasets = ["arith", "convert", "facts", "copy"];

describe("referenceLossChart", () => {
  it("has one line per group in the groups' colours, over all steps", () => {
    const groups = groupRuns([
      comparedRun({ name: "q", losses: { 0: 2, 300: 0.4 } }),
      comparedRun({ name: "q/uniform", mixture: "uniform", losses: { 0: 2, 150: 1, 300: 0.5 } }),
    ]);
    const { series, steps } = referenceLossChart(groups, false);
    expect(series.map(({ label, palette, band }) => [label, palette, band])).toEqual([
      ["q", 0, null],
      ["uniform", 1, null],
    ]);
    expect(series[1]!.points).toEqual([
      { x: 0, y: 2 },
      { x: 150, y: 1 },
      { x: 300, y: 0.5 },
    ]);
    expect(steps).toBe(300);
  });

  it("draws seeds as their mean with a band of one standard deviation, where all were evaluated", () => {
    const groups = groupRuns([
      comparedRun({ name: "q", seed: 1, losses: { 0: 2, 150: 1, 300: 0.4 } }),
      comparedRun({ name: "q", seed: 2, losses: { 0: 2, 300: 0.6 } }),
    ]);
    const [line] = referenceLossChart(groups, false).series;
    expect(line!.points.map(({ x }) => x)).toEqual([0, 300]);
    expect(line!.points[1]!.y).toBeCloseTo(0.5, 12);
    // Deviations of 0.1 to both sides: the sample standard deviation is 0.1 * sqrt(2).
    expect(line!.band!.upper[1]!.y).toBeCloseTo(0.5 + 0.1 * Math.SQRT2, 12);
    expect(line!.band!.lower[1]!.y).toBeCloseTo(0.5 - 0.1 * Math.SQRT2, 12);
  });
});

describe("mixturePathCharts", () => {
  it("have one scale that holds every path", () => {
    const groups = groupRuns([
      comparedRun({ name: "q" }),
      comparedRun({ name: "q/proportional", mixture: "proportional" }),
    ]);
    const charts = mixturePathCharts(groups, datasets);
    // The largest share is 6260 of 10310, 61 %: the next multiple of 20 % is 80 %.
    expect(charts.map(({ maximum, steps }) => [maximum, steps])).toEqual([
      [0.8, 300],
      [0.8, 300],
    ]);
    expect(charts[1]!.series.map(({ points }) => points.length)).toEqual([2, 2, 2, 2]);
  });
});
