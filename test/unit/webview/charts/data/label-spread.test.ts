import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spread } from "../../../../../webview/charts/data/label-spread";

describe("spread", () => {
  it("keeps labels apart, inside and in order when there is room", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 12 }), (positions) => {
        const placed = spread(positions, 14, 0, 300);
        const sorted = [...placed].sort((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThan(13.99);
        for (const place of placed) {
          expect(place).toBeGreaterThanOrEqual(-1e-9);
          expect(place).toBeLessThanOrEqual(300 + 1e-9);
        }
        positions.forEach((a, i) => {
          positions.forEach((b, j) => {
            if (a < b) expect(placed[i]!).toBeLessThan(placed[j]!);
          });
        });
      }),
    );
  });

  it("leaves labels alone that do not touch", () => {
    expect(spread([50, 10, 90], 14, 0, 100)).toEqual([50, 10, 90]);
  });

  it("overlaps them evenly when they cannot fit", () => {
    expect(spread([0, 0, 0], 30, 0, 40)).toEqual([0, 20, 40]);
  });
});
