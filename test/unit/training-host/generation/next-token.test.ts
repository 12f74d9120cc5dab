/** The choice of the next token, against transformers' logits processors and against the laws of chance. */
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { descending } from "../../../../training-host/generation/descending";
import {
  type Choice,
  candidates,
  nextToken,
  penalizeRepetition,
} from "../../../../training-host/generation/next-token";
import { Random } from "../../../../training-host/random";
import { largestDifference } from "../reference";

interface SamplingFixture {
  logits: number[];
  seen: number[];
  cases: (Choice & { probabilities: number[] })[];
}

const fixture = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, "../../../fixtures/generation/sampling.json"), "utf8"),
) as SamplingFixture;

/** Of every token of the vocabulary. */
function distribution(logits: Float32Array, choice: Choice, seen: number[]): Float64Array {
  const { ids, probabilities } = candidates(
    penalizeRepetition(logits, choice.repetitionPenalty, seen),
    choice,
  );
  const all = new Float64Array(logits.length);
  for (const [i, id] of ids.entries()) all[id] = probabilities[i]!;
  return all;
}

describe("the distribution of the next token", () => {
  it("is that of transformers' logits processors", () => {
    expect(fixture.cases.length).toBeGreaterThan(100);
    for (const { probabilities, ...choice } of fixture.cases) {
      const actual = distribution(Float32Array.from(fixture.logits), choice, fixture.seen);
      expect(largestDifference(actual, probabilities), JSON.stringify(choice)).toBeLessThan(1e-6);
      // What cannot come has no chance at all.
      expect([...actual].map((p) => p > 0)).toEqual(probabilities.map((p) => p > 0));
    }
  });

  it("is what is drawn from (chi-square)", () => {
    const logits = Float32Array.from(fixture.logits);
    for (const choice of [
      { temperature: 1, topK: null, topP: null, repetitionPenalty: 1 },
      { temperature: 1.5, topK: 8, topP: 0.9, repetitionPenalty: 1.2 },
    ]) {
      const random = new Random(4, "chi-square");
      const draws = 20_000;
      const counts = new Float64Array(logits.length);
      for (let draw = 0; draw < draws; draw++) counts[nextToken(logits, choice, fixture.seen, random)]!++;
      const expected = distribution(logits, choice, fixture.seen).map((p) => p * draws);
      let statistic = 0;
      let cells = 0;
      let rare = { expected: 0, count: 0 };
      for (const [id, count] of counts.entries()) {
        if (expected[id]! >= 5) {
          statistic += (count - expected[id]!) ** 2 / expected[id]!;
          cells++;
        } else rare = { expected: rare.expected + expected[id]!, count: rare.count + count };
      }
      if (rare.expected >= 5) {
        statistic += (rare.count - rare.expected) ** 2 / rare.expected;
        cells++;
      }
      // Mean and variance of chi-square are its degrees of freedom and twice them: five deviations are far out.
      const freedom = cells - 1;
      expect(statistic).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
      // Nothing comes that has no chance.
      expect([...counts].every((count, id) => expected[id]! > 0 || count === 0)).toBe(true);
    }
  });
});

describe("the greedy choice", () => {
  it("is the largest logit, the first of several, whatever the seed", () => {
    const choice = { temperature: 0, topK: null, topP: null, repetitionPenalty: 1 };
    const pick = (logits: number[], seed = 1) =>
      nextToken(Float32Array.from(logits), choice, [], new Random(seed));
    expect(pick([1, 5, 2])).toBe(1);
    expect(pick([1, 5, 5])).toBe(1);
    expect(pick([-3, -2, -9], 7)).toBe(1);
  });

  it("heeds the penalty for repetition", () => {
    const choice = { temperature: 0, topK: null, topP: null, repetitionPenalty: 2 };
    const logits = Float32Array.of(3, 2, -1);
    expect(nextToken(logits, choice, [0], new Random(1))).toBe(1);
    expect([...penalizeRepetition(logits, 2, [0, 0, 2])]).toEqual([1.5, 2, -2]);
    expect([...logits]).toEqual([3, 2, -1]);
  });

  it("is what drawing comes to with only one token to draw", () => {
    const logits = Float32Array.from(fixture.logits, (logit, id) => logit + id / 1000);
    const greedy = nextToken(
      logits,
      { temperature: 0, topK: null, topP: null, repetitionPenalty: 1 },
      [],
      new Random(1),
    );
    for (const one of [
      { topK: 1, topP: null },
      { topK: null, topP: 1e-9 },
    ])
      expect(nextToken(logits, { temperature: 5, repetitionPenalty: 1, ...one }, [], new Random(2))).toBe(
        greedy,
      );
  });
});

describe("descending", () => {
  it("sorts, and keeps the order of equal values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 60 }), (values) => {
        const sorted = values.map((_, index) => index).sort((a, b) => values[b]! - values[a]! || a - b);
        expect([...descending(Float32Array.from(values))]).toEqual(sorted);
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});
