import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Example } from "../../../../training-host/data/packed-batch";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import { openBackend } from "../../../../training-host/tensor/backends";
import { countAllTokens, measureExamples } from "../../../../training-host/training/language-reward-model";
import { cutIntoPieces } from "../../../../training-host/training/scoring-batches";

const architecture = {
  architecture: "llama",
  layers: 2,
  width: 48,
  heads: 4,
  kvHeads: 2,
  hidden: 80,
  vocab: 96,
  tiedHead: true,
  ropeTheta: 10000,
} as const;
const both = { perplexity: true, pooled: true };

let model: CausalLm;
let examples: Example[];

beforeAll(async () => {
  const backend = await openBackend("wasm");
  const random = new Random(1, "test");
  model = createFromScratch(architecture, architecture.vocab, backend, random);
  examples = Array.from({ length: 30 }, () => {
    const length = 2 + random.integer(40);
    return {
      ids: Int32Array.from({ length }, () => random.integer(architecture.vocab)),
      learned: Uint8Array.from({ length }, (_, index) => (index >= length / 2 ? 1 : 0)),
    };
  });
});

test("an example's measures are the same to the last bit in whatever company it is measured", async () => {
  // What runs store in the cache of initial perplexities is measured in other company than what they would measure themselves.
  const together = await measureExamples(model, examples, both, () => {});
  const order = examples.map((_, index) => index);
  new Random(2, "company").shuffle(order);
  const shuffled = await measureExamples(
    model,
    order.map((index) => examples[index]!),
    both,
    () => {},
  );
  for (const [position, index] of order.entries()) {
    expect(shuffled.meanNll![position]).toBe(together.meanNll![index]);
    expect(shuffled.pooled![position]).toEqual(together.pooled![index]);
    const alone = await measureExamples(model, [examples[index]!], both, () => {});
    expect(alone.meanNll![0]).toBe(together.meanNll![index]);
  }
});

test("one forward pass for both rewards gives what two would", async () => {
  const together = await measureExamples(model, examples, both, () => {});
  const apart = await measureExamples(model, examples, { perplexity: true, pooled: false }, () => {});
  expect(apart).toEqual({ meanNll: together.meanNll, pooled: null });
});

test("counts the response's tokens, or all but the first; an example without any has none", async () => {
  const [example] = examples;
  const { batch } = { batch: example!.ids };
  const logitsOf = (row: number) =>
    model.logits(
      { ids: batch, positions: Int32Array.from(batch.keys()), starts: Int32Array.of(0, batch.length) },
      Int32Array.of(row),
    );
  const nll = async (position: number) => {
    const logits = Array.from(await logitsOf(position - 1));
    const largest = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return largest + Math.log(sum) - logits[batch[position]!]!;
  };
  const mean = async (positions: number[]) => {
    const values = await Promise.all(positions.map(nll));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const learned = [...batch.keys()].filter((at) => at > 0 && example!.learned[at] === 1);
  const all = [...batch.keys()].slice(1);
  const empty = { ids: batch, learned: new Uint8Array(batch.length) };
  const measured = await measureExamples(model, [example!, countAllTokens(example!), empty], both, () => {});
  expect(measured.meanNll![0]).toBeCloseTo(await mean(learned), 4);
  expect(measured.meanNll![1]).toBeCloseTo(await mean(all), 4);
  expect(measured.meanNll![2]).toBeNaN();
  expect(measured.pooled).toHaveLength(3);
});

test("pieces of work hold every example once, the longest first, and no more rows than they may unless one alone is longer", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 })),
      fc.integer({ min: 1, max: 60 }),
      (lengths, rows) => {
        const items = lengths.map((length) => ({
          ids: new Int32Array(length),
          learned: new Uint8Array(length),
        }));
        const pieces = cutIntoPieces(items, rows);
        const indices = pieces.flatMap((piece) => piece.indices);
        expect([...indices].sort((a, b) => a - b)).toEqual([...items.keys()]);
        expect(pieces.flatMap((piece) => piece.examples)).toEqual(indices.map((index) => items[index]));
        const sorted = [...lengths].sort((a, b) => b - a);
        expect(indices.map((index) => lengths[index])).toEqual(sorted);
        for (const piece of pieces) {
          const used = piece.examples.reduce((sum, { ids }) => sum + ids.length, 0);
          expect(piece.examples.length).toBeGreaterThan(0);
          expect(used <= rows || piece.examples.length === 1).toBe(true);
        }
      },
    ),
  );
});
