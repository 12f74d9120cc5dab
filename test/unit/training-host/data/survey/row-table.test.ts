import fc from "fast-check";
import { expect, test } from "vitest";
import { RowTable } from "../../../../../training-host/data/survey/row-table";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
// Many hashes share their lower half, or all but one bit.
const hash = fc.record({
  high: fc.oneof(word, fc.integer({ min: 0, max: 3 })),
  low: fc.oneof(word, fc.constant(7)),
});

test("a table of rows holds what a map would", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.nat(2 ** 31)), { maxLength: 2000, size: "max" }), (entries) => {
      const table = new RowTable();
      const map = new Map<string, number>();
      const key = ({ high, low }: { high: number; low: number }) => `${high}/${low}`;
      for (const [entry, number] of entries) {
        expect(table.get(entry)).toBe(map.get(key(entry)) ?? null);
        expect(table.add(entry, number)).toBe(map.get(key(entry)) ?? null);
        if (!map.has(key(entry))) map.set(key(entry), number);
      }
      expect(table.size).toBe(map.size);
      for (const [entry] of entries) expect(table.get(entry)).toBe(map.get(key(entry)));
    }),
    { numRuns: 8 },
  );
});
