import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intervalOf, spreadOf, spreadOfKnown } from "../../../run-view/spread";

describe("mean and standard deviation", () => {
  it("are the sample's", () => {
    // 2, 4, 9: mean 5; squares 9 + 1 + 16 over 2.
    expect(spreadOf([2, 4, 9])).toEqual({ mean: 5, deviation: Math.sqrt(13), count: 3 });
    expect(spreadOf([7])).toEqual({ mean: 7, deviation: null, count: 1 });
    expect(spreadOf([])).toBeNull();
  });

  it("pass over what is not known", () => {
    expect(spreadOfKnown([1, null, 3, undefined, Number.NaN])).toEqual(spreadOf([1, 3]));
    expect(spreadOfKnown([null])).toBeNull();
  });

  it("move and stretch with the values", () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 9 }), value, value, (values, by, times) => {
        const one = spreadOf(values)!;
        const other = spreadOf(values.map((x) => times * x + by))!;
        expect(other.mean).toBeCloseTo(times * one.mean + by, 6);
        expect(other.deviation!).toBeCloseTo(Math.abs(times) * one.deviation!, 6);
      }),
    );
  });
});

describe("the confidence interval", () => {
  it("is Student's (values of R's t.test)", () => {
    expect(intervalOf([1, 2, 3, 4, 5])).toMatchObject({
      low: expect.closeTo(1.036757, 4),
      high: expect.closeTo(4.963243, 4),
    });
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(intervalOf(twenty)).toMatchObject({
      low: expect.closeTo(7.731189, 4),
      high: expect.closeTo(13.268811, 4),
    });
    expect(intervalOf([])).toBeNull();
  });

  // Tables of the t distribution, two-sided 95 %.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [9, 2.262],
    [10, 2.228],
    [11, 2.201],
    [15, 2.131],
    [30, 2.042],
    [120, 1.98],
  ])("has the tables' quantile for %i degrees of freedom", (degrees, quantile) => {
    const values = Array.from({ length: degrees + 1 }, (_, index) => index);
    const { deviation, count } = spreadOf(values)!;
    const { mean, high } = intervalOf(values)!;
    expect(((high! - mean) * Math.sqrt(count)) / deviation!).toBeCloseTo(quantile, 3);
  });

  it("has no ends for a single value", () => {
    expect(intervalOf([3])).toEqual({ mean: 3, low: null, high: null, count: 1 });
  });
});
