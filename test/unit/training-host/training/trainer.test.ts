import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Config } from "../../../../contracts/plan";
import { DatasetCursor } from "../../../../training-host/data/dataset-cursor";
import type { ExampleStore } from "../../../../training-host/data/example-store";
import type { Example } from "../../../../training-host/data/packed-batch";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { dealOut } from "../../../../training-host/training/step";
import { Trainer } from "../../../../training-host/training/trainer";
import { tinyDataset, tinyPlan } from "../../../host/tiny-experiment";
import { examplesInMemory } from "../examples-in-memory";

const VOCABULARY = 50;
const STEPS = 12;

let backend: Backend;

beforeAll(async () => {
  backend = await openBackend("wasm");
});

/** Every `dropped`th has nothing to learn. */
function randomExamples(count: number, dropped = Number.POSITIVE_INFINITY): Example[] {
  const random = new Random(1, "examples");
  return Array.from({ length: count }, (_, number) => {
    const length = 3 + random.integer(20);
    const learned = (number + 1) % dropped === 0 ? 0 : 1;
    return {
      ids: Int32Array.from({ length }, () => random.integer(VOCABULARY)),
      learned: Uint8Array.from({ length }, (_, at) => (at > 1 ? learned : 0)),
    };
  });
}

function configOf(names: readonly string[], train: Partial<Config["train"]> = {}): Config {
  const { config } = tinyPlan("", {
    config: {
      data: names.map(tinyDataset),
      mixture: { kind: "static", prior: { temperature: "inf" }, unit: "example" },
    },
    train,
  });
  return { ...config, model: { ...config.model, scratch: { ...config.model.scratch!, vocab: VOCABULARY } } };
}

function trainerOn(config: Config, stores: readonly ExampleStore[]): Trainer {
  const model = createFromScratch(config.model.scratch!, VOCABULARY, backend, new Random(3, "model"));
  return new Trainer(config, model, backend, stores, STEPS);
}

/** What each get asked of the store gave: the examples in the order in which they were trained on. */
function recording(store: ExampleStore, drawn: Example[]): ExampleStore {
  return {
    ...store,
    get: async (indices) => {
      const examples = await store.get(indices);
      drawn.push(...examples);
      return examples;
    },
  };
}

test("examples without anything to learn are passed over: what is drawn are the others, in the cursor's order", async () => {
  const examples = randomExamples(17, 3);
  const drawn: Example[] = [];
  const config = configOf(["a"]);
  const trainer = trainerOn(config, [recording(examplesInMemory("a", examples), drawn)]);
  for (let step = 0; step < STEPS; step++) await trainer.train();
  const cursor = new DatasetCursor("a", examples.length, config.seed);
  const expected = Array.from({ length: drawn.length }, () => examples[cursor.next()]!);
  expect(drawn).toEqual(expected);
  const learned = drawn.filter((example) => example.learned.includes(1));
  expect(learned).toHaveLength(STEPS * config.train.batch.size);
  const { drawn: count, epochs, tokens } = trainer.consumption();
  expect(count.a).toBe(learned.length);
  expect(epochs.a).toBe(drawn.length / examples.length);
  expect(tokens.a).toBe(learned.reduce((sum, { ids }) => sum + ids.length, 0));
});

test("a trainer that goes on from a state draws what it would have drawn", async () => {
  const stores = ["a", "b"].map((name) => examplesInMemory(name, randomExamples(11, 4)));
  const config = configOf(["a", "b"]);
  const whole: Example[] = [];
  const first = trainerOn(
    config,
    stores.map((store) => recording(store, whole)),
  );
  for (let step = 0; step < 5; step++) await first.train();
  const state = structuredClone(first.state());
  const before = whole.length;
  await first.train();
  const resumed: Example[] = [];
  const second = trainerOn(
    config,
    stores.map((store) => recording(store, resumed)),
  );
  second.restore(state);
  await second.train();
  expect(resumed).toEqual(whole.slice(before));
});

test("a dataset of which nothing can be learned ends the run instead of being searched for ever", async () => {
  const trainer = trainerOn(configOf(["a"]), [examplesInMemory("a", randomExamples(5, 1))]);
  await expect(trainer.train()).rejects.toMatchObject({
    reason: "file-empty",
    message: 'No row of "a" has anything to learn within 64 tokens.',
  });
});

test("micro-batches by length hold every example once, like with like, equal lengths as they were drawn", () => {
  const lengths = fc.array(fc.nat(8), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 7 }), (lengths, micro) => {
      const drawn = lengths.map((length, number) => ({
        dataset: String(number),
        example: { ids: new Int32Array(length), learned: new Uint8Array(length) },
      }));
      const byLength = dealOut(drawn, { micro, order: "length" });
      expect(dealOut(drawn, { micro, order: "drawn" }).flat()).toEqual(drawn);
      expect(byLength.map((batch) => batch.length)).toEqual(
        dealOut(drawn, { micro, order: "drawn" }).map((batch) => batch.length),
      );
      const numbers = [...drawn.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
      expect(byLength.flat().map(({ dataset }) => Number(dataset))).toEqual(numbers);
    }),
  );
});

test("the order of a step's examples changes nothing but the last digits", async () => {
  const stores = ["a", "b"].map((name) => examplesInMemory(name, randomExamples(40)));
  const train = async (order: "drawn" | "length") => {
    const trainer = trainerOn(configOf(["a", "b"], { batch: { size: 12, micro: 3, order } }), stores);
    const losses: number[] = [];
    const perDataset: object[] = [];
    for (let step = 0; step < STEPS; step++) {
      const { loss, perDataset: facts } = await trainer.train();
      losses.push(loss!);
      perDataset.push(
        Object.entries(facts)
          .map(([name, { examples, tokens }]) => [name, examples, tokens])
          .sort(),
      );
    }
    return { losses, perDataset };
  };
  const [drawn, length] = [await train("drawn"), await train("length")];
  expect(length.perDataset).toEqual(drawn.perDataset);
  for (const [step, loss] of drawn.losses.entries()) expect(length.losses[step]).toBeCloseTo(loss, 4);
  expect(length.losses).not.toEqual(drawn.losses);
});
