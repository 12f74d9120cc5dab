import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { applyFloor } from "../../../../training-host/mixture/floor";
import { priorProbabilities, temperaturePrior } from "../../../../training-host/mixture/prior";

const sizes = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 12 });
const temperatures = fc.oneof(
  fc.double({ min: 0.01, max: 1e6, noNaN: true }),
  fc.constant(Number.POSITIVE_INFINITY),
);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe("the temperature prior (eq. 3)", () => {
  it("sums to 1, keeps the order of sizes, and scales with nothing but ratios", () => {
    fc.assert(
      fc.property(sizes, temperatures, (M, temperature) => {
        const p = temperaturePrior(M, temperature);
        expect(sum(p)).toBeCloseTo(1, 12);
        for (const [i, a] of M.entries()) {
          for (const [n, b] of M.entries())
            if (a <= b) expect(p[i]!).toBeLessThanOrEqual(p[n]! * (1 + 1e-12));
        }
        const doubled = temperaturePrior(
          M.map((size) => size * 2),
          temperature,
        );
        for (const [i, value] of doubled.entries()) expect(value).toBeCloseTo(p[i]!, 9);
      }),
    );
  });

  it("is exactly uniform at infinity and proportional at 1", () => {
    expect(Array.from(temperaturePrior([7, 1, 900], Number.POSITIVE_INFINITY))).toEqual([
      1 / 3,
      1 / 3,
      1 / 3,
    ]);
    expect(temperaturePrior([30, 10], 1)[0]).toBeCloseTo(0.75, 15);
  });

  it("does not overflow at a temperature near 0", () => {
    expect(Array.from(temperaturePrior([100, 200, 10_000_000], 0.001))).toEqual([0, 0, 1]);
  });
});

describe("the prior of a plan", () => {
  const datasets = [
    { name: "a", size: 100, weight: 1 },
    { name: "b", size: 50, weight: 4 },
  ];

  it("multiplies sizes by weights, but takes fixed shares as they are", () => {
    expect(priorProbabilities({ temperature: 1 }, datasets)[1]).toBeCloseTo(200 / 300, 12);
    expect(Array.from(priorProbabilities({ temperature: "inf" }, datasets))).toEqual([0.5, 0.5]);
    expect(Array.from(priorProbabilities({ weights: { b: 3, a: 1 } }, datasets))).toEqual([0.25, 0.75]);
    expect(Array.from(priorProbabilities({ weights: { a: 1, b: 0 } }, datasets))).toEqual([1, 0]);
  });

  it.each([
    [{ weights: { a: 1 } }, '"b"'],
    [{ weights: { a: 1, b: 1, c: 1 } }, '"c"'],
    [{ weights: { a: 0, b: 0 } }, "above 0"],
  ])("refuses shares that do not fit: %j", (prior, mention) => {
    expect(() => priorProbabilities(prior, datasets)).toThrow(UserError);
    expect(() => priorProbabilities(prior, datasets)).toThrow(mention);
  });

  it("refuses an empty dataset", () => {
    expect(() => priorProbabilities({ temperature: 1 }, [{ name: "none", size: 0, weight: 1 }])).toThrow(
      '"none"',
    );
  });
});

describe("the floor", () => {
  const distributions = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 })
    .filter((values) => sum(values) > 1e-6)
    .map((values) => Float64Array.from(values, (value) => value / sum(values)));

  it("is respected, leaves the sum at 1, and raises nothing above the floor out of proportion", () => {
    fc.assert(
      fc.property(distributions, fc.double({ min: 0, max: 1, noNaN: true }), (p, share) => {
        const floor = share / p.length;
        const floored = applyFloor(p, floor);
        expect(sum(floored)).toBeCloseTo(1, 10);
        for (const [i, value] of floored.entries()) {
          expect(value).toBeGreaterThanOrEqual(floor * (1 - 1e-12));
          if (value > floor * (1 + 1e-9)) expect(value).toBeLessThanOrEqual(p[i]! * (1 + 1e-9));
        }
        const above = [...floored.keys()].filter((i) => floored[i]! > floor * (1 + 1e-6));
        const scales = above.map((i) => floored[i]! / p[i]!);
        for (const scale of scales) expect(scale).toBeCloseTo(scales[0]!, 6);
      }),
    );
  });

  it("changes no bit of what is above it", () => {
    const p = Float64Array.of(0.1, 0.2, 0.7);
    expect(applyFloor(p, 0.1)).toBe(p);
  });

  it("raises in turn what falls below it when others are raised", () => {
    expect(
      Array.from(applyFloor(Float64Array.of(0, 0.205, 0.795), 0.2)).map((value) => value.toFixed(12)),
    ).toEqual(["0.200000000000", "0.200000000000", "0.600000000000"]);
  });

  it("cannot be more than 1 in all", () => {
    expect(() => applyFloor(Float64Array.of(0.1, 0.9), 0.6)).toThrow(RangeError);
  });
});
