import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../training-host/random";

const seeds = fc.integer({ min: 0, max: 0xffffffff });

describe("Random", () => {
  it("repeats for a seed and a stream, and differs for any other", () => {
    fc.assert(
      fc.property(seeds, seeds, fc.string(), fc.string(), (seedA, seedB, streamA, streamB) => {
        const same = seedA === seedB && streamA === streamB;
        const a = new Random(seedA, streamA);
        const b = new Random(seedB, streamB);
        expect(take(new Random(seedA, streamA), 4)).toEqual(take(a, 4));
        if (!same) expect(take(b, 4)).not.toEqual(take(new Random(seedA, streamA), 4));
      }),
    );
  });

  it("goes on from a state that went through JSON as if it had not stopped", () => {
    fc.assert(
      fc.property(seeds, fc.nat(50), (seed, used) => {
        const random = new Random(seed, "resume");
        for (let draw = 0; draw < used; draw++) random.normal();
        const restored = Random.restore(JSON.parse(JSON.stringify(random.state())));
        expect(mixedDraws(restored)).toEqual(mixedDraws(random));
      }),
    );
  });

  it("draws from xoshiro128** (outputs of its reference code for the state 1, 2, 3, 4)", () => {
    const random = Random.restore({ words: [1, 2, 3, 4] });
    const words = Array.from({ length: 10 }, () => random.integer(2 ** 32));
    expect(words).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("fills [0, 1) evenly, and 0 .. n - 1 too, for many streams", () => {
    // Chi-square with 15 degrees of freedom exceeds 44.3 with probability 1e-4.
    for (let stream = 0; stream < 20; stream++) {
      const random = new Random(7, `stream ${stream}`);
      expect(chiSquare(16, () => Math.floor(random.next() * 16))).toBeLessThan(44.3);
      expect(chiSquare(16, () => random.integer(16))).toBeLessThan(44.3);
      expect(chiSquare(16, () => random.integer(2 ** 32) >>> 28)).toBeLessThan(44.3);
    }
  });

  it("gives streams with names or seeds alike that do not follow each other", () => {
    const correlations: number[] = [];
    for (let index = 0; index < 40; index++) {
      correlations.push(correlation(new Random(index, "data"), new Random(index + 1, "data")));
      correlations.push(correlation(new Random(1, `probe/${index}`), new Random(1, `probe/${index + 1}`)));
    }
    // 4 standard errors of a correlation over 4,000 pairs.
    expect(Math.max(...correlations.map(Math.abs))).toBeLessThan(4 / Math.sqrt(4000));
  });

  it("has normal numbers of mean 0, variance 1 and kurtosis 3", () => {
    const random = new Random(11, "normal");
    const values = Array.from({ length: 40_000 }, () => random.normal());
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
  });

  it("shuffles into a permutation, every item equally often in every place", () => {
    const random = new Random(3, "shuffle");
    const firsts = new Array<number>(5).fill(0);
    for (let round = 0; round < 5000; round++) {
      const items = [0, 1, 2, 3, 4];
      random.shuffle(items);
      expect([...items].sort()).toEqual([0, 1, 2, 3, 4]);
      firsts[items[0]!]!++;
    }
    // 4 degrees of freedom: 23.5 is exceeded with probability 1e-4.
    expect(firsts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(23.5);
  });

  it("refuses what it cannot do", () => {
    const random = new Random(1);
    for (const below of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expect(() => random.integer(below)).toThrow(RangeError);
    }
    expect(() => Random.restore({ words: [0, 0, 0, 0] })).toThrow(RangeError);
    expect(() => Random.restore({ words: [1, 2, 3, -4] })).toThrow(RangeError);
    expect(() => Random.restore({ words: [1, 2, 3, 2 ** 32] })).toThrow(RangeError);
  });
});

function take(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

function mixedDraws(random: Random): unknown[] {
  const items = [1, 2, 3, 4, 5, 6];
  random.shuffle(items);
  return [random.next(), random.integer(1000), random.normal(), items, random.next()];
}

function chiSquare(cells: number, draw: () => number): number {
  const expected = 500;
  const counts = new Array<number>(cells).fill(0);
  for (let index = 0; index < cells * expected; index++) counts[draw()]!++;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function correlation(a: Random, b: Random): number {
  let sum = 0;
  for (let index = 0; index < 4000; index++) sum += (a.next() - 0.5) * (b.next() - 0.5);
  return (sum / 4000) * 12;
}
