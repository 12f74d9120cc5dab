import fc from "fast-check";
import { expect, test } from "vitest";
import { DatasetCursor } from "../../../../training-host/data/dataset-cursor";

function draw(cursor: DatasetCursor, count: number): number[] {
  return Array.from({ length: count }, () => cursor.next());
}

test("visits every example once per epoch", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.nat(),
      fc.integer({ min: 1, max: 4 }),
      (size, seed, epochs) => {
        const cursor = new DatasetCursor("math", size, seed);
        for (let epoch = 1; epoch <= epochs; epoch++) {
          expect(draw(cursor, size).sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
          expect(cursor.epochs).toBe(epoch);
        }
      },
    ),
  );
});

test("has another order in every epoch, for every seed and for every dataset", () => {
  const cursor = new DatasetCursor("math", 100, 1);
  const orders = [
    draw(cursor, 100),
    draw(cursor, 100),
    draw(new DatasetCursor("math", 100, 2), 100),
    draw(new DatasetCursor("facts", 100, 1), 100),
  ];
  expect(new Set(orders.map(String)).size).toBe(4);
  expect(draw(new DatasetCursor("math", 100, 1), 100)).toEqual(orders[0]);
});

test("goes on after a restore as if it had not stopped", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(60), fc.nat(60), (size, before, after) => {
      const uninterrupted = new DatasetCursor("math", size, 7);
      draw(uninterrupted, before);
      const state = JSON.parse(JSON.stringify(uninterrupted.state()));
      const resumed = new DatasetCursor("math", size, 7);
      resumed.restore(state);
      expect(draw(resumed, after)).toEqual(draw(uninterrupted, after));
      expect(resumed.epochs).toBe(uninterrupted.epochs);
    }),
  );
});

test("refuses a place that is not in the dataset", () => {
  const cursor = new DatasetCursor("math", 5, 7);
  expect(() => cursor.restore({ epoch: 0, position: 6 })).toThrow(RangeError);
  expect(() => cursor.restore({ epoch: -1, position: 0 })).toThrow(RangeError);
  expect(() => new DatasetCursor("math", 0, 7)).toThrow(RangeError);
});
