import fc from "fast-check";
import { expect, test } from "vitest";
import { countTargets, type Example, packExamples } from "../../../../training-host/data/packed-batch";

const example: fc.Arbitrary<Example> = fc
  .array(fc.tuple(fc.nat(9999), fc.boolean()), { minLength: 1, maxLength: 20 })
  .map((tokens) => ({
    ids: Int32Array.from(tokens, ([id]) => id),
    learned: Uint8Array.from(tokens, ([, learned]) => (learned ? 1 : 0)),
  }));

test("lays two examples end to end, and predicts each learned token from the one before it", () => {
  const { batch, targets } = packExamples([
    { ids: Int32Array.of(5, 6, 7), learned: Uint8Array.of(0, 0, 1) },
    { ids: Int32Array.of(8, 9), learned: Uint8Array.of(1, 1) },
  ]);
  expect([...batch.ids]).toEqual([5, 6, 7, 8, 9]);
  expect([...batch.positions]).toEqual([0, 1, 2, 0, 1]);
  expect([...batch.starts]).toEqual([0, 3, 5]);
  expect([...targets.rows]).toEqual([1, 3]);
  expect([...targets.labels]).toEqual([7, 9]);
  expect([...targets.sequences]).toEqual([0, 1]);
});

test("keeps every token and every target of any examples", () => {
  fc.assert(
    fc.property(fc.array(example, { maxLength: 8 }), (examples) => {
      const { batch, targets } = packExamples(examples);
      expect(batch.starts.length).toBe(examples.length + 1);
      examples.forEach((original, sequence) => {
        const [start, end] = [batch.starts[sequence]!, batch.starts[sequence + 1]!];
        expect(batch.ids.slice(start, end)).toEqual(original.ids);
        expect([...batch.positions.slice(start, end)]).toEqual([...original.ids.keys()]);
        const own = [...targets.sequences.keys()].filter((i) => targets.sequences[i] === sequence);
        const wanted = [...original.ids.keys()].filter((i) => i > 0 && original.learned[i] === 1);
        expect(own.map((i) => targets.rows[i]! - start + 1)).toEqual(wanted);
        expect(own.map((i) => targets.labels[i])).toEqual(wanted.map((i) => original.ids[i]));
        expect(countTargets(original)).toBe(wanted.length);
      });
      expect(batch.starts.at(-1)).toBe(batch.ids.length);
    }),
  );
});
