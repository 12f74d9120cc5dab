import { describe, expect, it } from "vitest";
import { clipCoefficient } from "../../../../training-host/training/clip";

describe("clipCoefficient", () => {
  it("leaves short gradients alone", () => {
    expect(clipCoefficient(0.5, 1)).toBe(1);
    expect(clipCoefficient(0, 1)).toBe(1);
  });

  it("brings long ones to the bound", () => {
    expect(clipCoefficient(4, 1) * 4).toBeCloseTo(1, 6);
  });

  it("does nothing without a bound", () => {
    expect(clipCoefficient(1e9, null)).toBe(1);
  });
});
