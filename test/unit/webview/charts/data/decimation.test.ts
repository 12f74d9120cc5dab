import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimate, decimateEvenly, type Point } from "../../../../../webview/charts/data/decimation";

const value = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null, freq: 10 });
const points = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), value), { maxLength: 400 })
  .map((steps): Point[] => {
    let x = 0;
    return steps.map(([step, y]) => {
      x += step;
      return { x, y };
    });
  });
const maximum = fc.integer({ min: 8, max: 120 });

const valuesOf = (list: readonly Point[]) => list.map(({ y }) => y).filter((y) => y !== null);

describe("decimate", () => {
  it("keeps the bound, the order, the ends and both extremes, whatever the points", () => {
    fc.assert(
      fc.property(points, maximum, (all, most) => {
        const kept = decimate(all, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        if (all.length === 0) return;
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(all.length - 1);
        const before = valuesOf(all);
        const after = valuesOf(kept.map((index) => all[index]!));
        if (before.length > 0) {
          expect(Math.max(...after)).toBe(Math.max(...before));
          expect(Math.min(...after)).toBe(Math.min(...before));
        }
      }),
    );
  });

  it("keeps a gap that lies between two values", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 998 }), maximum, (gap, most) => {
        const all = Array.from({ length: 1000 }, (_, x) => ({ x, y: x === gap ? null : Math.sin(x) }));
        expect(decimate(all, most)).toContain(gap);
      }),
    );
  });

  it("takes everything when it is little", () => {
    const all = Array.from({ length: 50 }, (_, x) => ({ x, y: x }));
    expect(decimate(all, 50)).toEqual(all.map(({ x }) => x));
  });

  it("takes the points of a range with one neighbour on each side, and more of them than of the whole", () => {
    fc.assert(
      fc.property(
        points,
        fc.integer({ min: 0, max: 900 }),
        fc.integer({ min: 0, max: 300 }),
        (all, from, width) => {
          const range = { from, to: from + width };
          const kept = decimate(all, 1500, range).map((index) => all[index]!);
          const inside = all.filter(({ x }) => x >= range.from && x <= range.to);
          expect(kept).toEqual(expect.arrayContaining(inside));
          expect(kept.filter(({ x }) => x < range.from).length).toBeLessThanOrEqual(1);
          expect(kept.filter(({ x }) => x > range.to).length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("shows a single spike among 10,000 steps", () => {
    const all = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 7777 ? 99 : 1 + (x % 7) / 10 }));
    const kept = decimate(all, 1500);
    expect(kept).toContain(7777);
    expect(kept.length).toBeGreaterThan(1000);
  });
});

describe("decimateEvenly", () => {
  it("keeps both ends and ascends within the bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 2, max: 200 }), (length, most) => {
        const kept = decimateEvenly(length, most);
        expect(kept.length).toBe(Math.min(length, most));
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(length - 1);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      }),
    );
  });
});
