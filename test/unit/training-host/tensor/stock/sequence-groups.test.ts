import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupSequences } from "../../../../../training-host/tensor/stock/sequence-groups";

function startsOf(lengths: readonly number[]): Int32Array {
  let row = 0;
  return Int32Array.of(0, ...lengths.map((length) => (row += length)));
}

describe("groups of sequences", () => {
  it("hold sequences of about the same length, the longest first", () => {
    const groups = groupSequences(startsOf([10, 100, 0, 80, 3, 100]), 1e9);
    expect(groups).toEqual([
      { sequences: [1, 5, 3], lengths: [100, 100, 80], longest: 100 },
      { sequences: [0, 4], lengths: [10, 3], longest: 10 },
    ]);
  });

  it("hold every sequence but empty ones once, waste at most a third or a few rows, and keep within the bound", () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { maxLength: 40 }),
        fc.integer({ min: 1, max: 500_000 }),
        (lengths, squares) => {
          const groups = groupSequences(startsOf(lengths), squares);
          const sequences = groups.flatMap((group) => group.sequences);
          const wanted = lengths.flatMap((length, sequence) => (length > 0 ? [sequence] : []));
          expect([...sequences].sort((a, b) => a - b)).toEqual(wanted);
          for (const group of groups) {
            expect(group.lengths).toEqual(group.sequences.map((sequence) => lengths[sequence]));
            expect(group.longest).toBe(Math.max(...group.lengths));
            for (const length of group.lengths)
              expect(length >= 0.75 * group.longest || group.longest - length <= 8).toBe(true);
            expect(group.lengths.length === 1 || group.lengths.length * group.longest ** 2 <= squares).toBe(
              true,
            );
          }
        },
      ),
    ));
});
