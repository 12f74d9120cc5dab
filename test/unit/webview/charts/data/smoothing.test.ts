import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfLifeFor, smooth } from "../../../../../webview/charts/data/smoothing";

const series = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.double({ min: -100, max: 100, noNaN: true })), {
    minLength: 1,
  })
  .map((steps) => {
    let x = 0;
    return steps.map(([step, y]) => {
      x += step;
      return { x, y };
    });
  });

describe("smooth", () => {
  it("stays within the values seen so far and begins with the first", () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 50 }), (points, halfLife) => {
        const smoothed = smooth(points, halfLife);
        expect(smoothed[0]!.y).toBeCloseTo(points[0]!.y, 9);
        smoothed.forEach(({ y }, i) => {
          const seen = points.slice(0, i + 1).map((point) => point.y);
          expect(y).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-9);
          expect(y).toBeLessThanOrEqual(Math.max(...seen) + 1e-9);
        });
      }),
    );
  });

  it("weighs a value half after one half-life, by the formula", () => {
    // Weights 1/2 and 1: (0.5 * 4 + 1) / 1.5.
    const smoothed = smooth(
      [
        { x: 0, y: 4 },
        { x: 10, y: 1 },
      ],
      10,
    );
    expect(smoothed[1]!.y).toBeCloseTo(2, 12);
  });

  it("leaves gaps as they are and goes on after them", () => {
    const smoothed = smooth(
      [
        { x: 1, y: 2 },
        { x: 2, y: null },
        { x: 3, y: 2 },
      ],
      5,
    );
    expect(smoothed.map(({ y }) => y)).toEqual([2, null, 2]);
  });
});

describe("halfLifeFor", () => {
  it("is one percent of the run, and at least five steps", () => {
    expect([100, 500, 10_000].map(halfLifeFor)).toEqual([5, 5, 100]);
  });
});
