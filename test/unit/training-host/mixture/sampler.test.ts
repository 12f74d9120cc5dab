import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sampler } from "../../../../training-host/mixture/sampler";
import { Random } from "../../../../training-host/random";

const quickstart = new Map([
  ["arith", 0.23],
  ["convert", 0.32],
  ["facts", 0.35],
  ["copy", 0.1],
]);

function opened(unit: "example" | "batch", p: ReadonlyMap<string, number>, random: Random): Sampler {
  const sampler = new Sampler(unit, random);
  sampler.setProbabilities(p);
  return sampler;
}

/** Sum of (observed - expected)^2 / expected over datasets. */
function chiSquare(drawn: readonly string[], p: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [name, share] of p) {
    const expected = share * drawn.length;
    sum += (drawn.filter((other) => other === name).length - expected) ** 2 / expected;
  }
  return sum;
}

describe("Sampler", () => {
  it("draws datasets as often as p says, example by example and batch by batch", () => {
    // 3 degrees of freedom: 21.1 is exceeded with probability 1e-4.
    for (let seed = 0; seed < 10; seed++) {
      const examples = opened("example", quickstart, new Random(seed)).draw(20_000);
      expect(chiSquare(examples, quickstart)).toBeLessThan(21.1);
      const byBatch = opened("batch", quickstart, new Random(seed));
      const batches = Array.from({ length: 5000 }, () => byBatch.draw(16)[0]!);
      expect(chiSquare(batches, quickstart)).toBeLessThan(21.1);
    }
  });

  it("matches any distribution", () => {
    const weights = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.nat(), (values, seed) => {
        const total = values.reduce((sum, value) => sum + value, 0);
        const p = new Map(values.map((value, index) => [`d${index}`, value / total]));
        const drawn = opened("example", p, new Random(seed)).draw(8000);
        // 7 degrees of freedom at most: 45 is exceeded with probability 1e-7.
        expect(chiSquare(drawn, p)).toBeLessThan(45);
      }),
      { numRuns: 60 },
    );
  });

  it("draws a batch of one dataset when the unit is the batch, of several when it is the example", () => {
    const whole = opened("batch", quickstart, new Random(1));
    const mixed = opened("example", quickstart, new Random(1));
    for (let batch = 0; batch < 20; batch++) expect(new Set(whole.draw(64)).size).toBe(1);
    expect(new Set(mixed.draw(64)).size).toBe(4);
  });

  it("never draws a dataset of probability 0", () => {
    const p = new Map([
      ["never", 0],
      ["a", 0.3],
      ["b", 0.7],
    ]);
    expect(opened("example", p, new Random(2)).draw(20_000)).not.toContain("never");
  });

  it("draws the same for the same seed, whatever the datasets' order", () => {
    const reversed = new Map([...quickstart].reverse());
    const a = opened("example", quickstart, new Random(9)).draw(500);
    expect(opened("example", reversed, new Random(9)).draw(500)).toEqual(a);
  });

  it("keeps all its state in its generator", () => {
    const random = new Random(5);
    const sampler = opened("example", quickstart, random);
    sampler.draw(37);
    const resumed = opened("example", quickstart, Random.restore(random.state()));
    expect(resumed.draw(100)).toEqual(sampler.draw(100));
  });

  it("refuses probabilities that are none", () => {
    const sampler = new Sampler("example", new Random(1));
    expect(() => sampler.draw(1)).toThrow("setProbabilities");
    expect(() => sampler.setProbabilities(new Map([["a", Number.NaN]]))).toThrow(RangeError);
    expect(() => sampler.setProbabilities(new Map([["a", 0]]))).toThrow(RangeError);
  });
});
