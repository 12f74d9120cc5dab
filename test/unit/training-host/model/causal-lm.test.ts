/** What holds for any decoder-only model, on our own kernels. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Example, packExamples } from "../../../../training-host/data/packed-batch";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { AdamW } from "../../../../training-host/training/adamw";
import { largestDifference } from "../reference";

const VOCAB = 50;
const small = {
  architecture: "llama",
  layers: 2,
  width: 24,
  heads: 4,
  kvHeads: 2,
  hidden: 40,
  vocab: VOCAB,
  tiedHead: true,
  ropeTheta: 10000,
} as const;

let backend: Backend;
const models: CausalLm[] = [];
beforeAll(async () => {
  backend = await openBackend("wasm");
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

function createModel(seed = 1): CausalLm {
  const model = createFromScratch(small, VOCAB, backend, new Random(seed, "init"));
  models.push(model);
  return model;
}

const learnAll = (ids: readonly number[]): Example => ({
  ids: Int32Array.from(ids),
  learned: new Uint8Array(ids.length).fill(1),
});

const sentence = fc.array(fc.integer({ min: 0, max: VOCAB - 1 }), { minLength: 2, maxLength: 60 });
const property = { numRuns: 20, seed: 11 };

function ragged(seed: number): Example[] {
  const random = new Random(seed);
  return Array.from({ length: 5 }, () =>
    learnAll(Array.from({ length: 3 + random.integer(60) }, () => random.integer(VOCAB))),
  );
}

async function train(seed: number, steps: number): Promise<Float32Array[]> {
  const model = createModel(seed);
  const optimizer = new AdamW(model, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
  for (let step = 0; step < steps; step++) {
    const { batch, targets } = packExamples(ragged(step));
    await model.accumulate(batch, targets, targets.rows.length);
    await optimizer.step(1e-2, 1);
  }
  optimizer.dispose();
  return [...model.parameters.values()].map((parameter) => parameter.dataSync<"float32">());
}

describe("CausalLm", () => {
  it("keeps packed sequences apart", async () => {
    const model = createModel();
    await fc.assert(
      fc.asyncProperty(fc.array(sentence, { minLength: 2, maxLength: 4 }), async (sentences) => {
        const examples = sentences.map(learnAll);
        const together = packExamples(examples);
        const score = await model.score(together.batch, together.targets, { losses: true, pooled: true });
        const alone = [];
        for (const example of examples) {
          const { batch, targets } = packExamples([example]);
          alone.push(await model.score(batch, targets, { losses: true, pooled: true }));
        }
        expect(
          largestDifference(
            score.losses!,
            alone.flatMap(({ losses }) => [...losses!]),
          ),
        ).toBeLessThan(1e-5);
        for (const [sequence, pooled] of score.pooled!.entries())
          expect(largestDifference(pooled, alone[sequence]!.pooled![0]!)).toBeLessThan(1e-5);
      }),
      property,
    );
  });

  it("never looks ahead", async () => {
    const model = createModel();
    await fc.assert(
      fc.asyncProperty(sentence, fc.nat(), fc.integer({ min: 0, max: VOCAB - 1 }), async (ids, at, other) => {
        const changed = at % ids.length;
        const before = Int32Array.from({ length: changed }, (_, row) => row);
        if (changed === 0) return;
        const replaced = ids.map((id, position) => (position >= changed ? other : id));
        expect(await model.logits(packExamples([learnAll(replaced)]).batch, before)).toEqual(
          await model.logits(packExamples([learnAll(ids)]).batch, before),
        );
      }),
      property,
    );
  });

  it("gives the same losses with and without pooling, and when it accumulates", async () => {
    const model = createModel();
    const { batch, targets } = packExamples(ragged(3));
    const { losses, pooled } = await model.score(batch, targets, { losses: true });
    expect(pooled).toBeNull();
    expect((await model.score(batch, targets, { losses: true, pooled: true })).losses).toEqual(losses);
    expect((await model.score(batch, targets, { pooled: true })).losses).toBeNull();
    expect(await model.accumulate(batch, targets, 1)).toEqual(losses);
  });

  it("has gradients that the losses follow", async () => {
    const model = createModel();
    const { batch, targets } = packExamples(ragged(4));
    const mean = async () => {
      const losses = (await model.score(batch, targets, { losses: true })).losses!;
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    };
    await model.accumulate(batch, targets, targets.rows.length);
    const before = await mean();
    let predicted = 0;
    const rate = 1e-3;
    for (const [name, gradient] of model.gradients) {
      const parameter = model.parameters.get(name)!;
      const slope = gradient.dataSync<"float32">();
      predicted -= rate * slope.reduce((sum, value) => sum + value * value, 0);
      tf.tidy(() => parameter.assign(tf.sub(parameter, tf.mul(gradient, rate))));
    }
    expect(((await mean()) - before) / predicted).toBeCloseTo(1, 1);
  });

  it.each([true, false])("computes layers again to the same bits (tied head: %s)", async (tiedHead) => {
    const [kept, again] = await Promise.all(
      (["keep", "recompute"] as const).map(async (activations) => {
        const options = { ...small, layers: 3, tiedHead };
        const model = createFromScratch(options, VOCAB, backend, new Random(1, "init"), () => ({
          activations,
        }));
        models.push(model);
        const losses: Float32Array[] = [];
        for (const seed of [5, 6]) {
          const { batch, targets } = packExamples(ragged(seed));
          losses.push(await model.accumulate(batch, targets, targets.rows.length));
        }
        const gradients = [...model.gradients].map(
          ([name, gradient]) => [name, gradient.dataSync()] as const,
        );
        return { losses, gradients: new Map(gradients) };
      }),
    );
    expect(again!.losses).toEqual(kept!.losses);
    expect(kept!.gradients.size).toBe(tiedHead ? 29 : 30);
    for (const [name, gradient] of kept!.gradients)
      expect(again!.gradients.get(name), name).toEqual(gradient);
  });

  it("has nothing to learn without targets", async () => {
    const model = createModel();
    const { batch, targets } = packExamples([{ ids: Int32Array.of(1, 2), learned: Uint8Array.of(0, 0) }]);
    expect(await model.accumulate(batch, targets, 1)).toEqual(new Float32Array(0));
    expect((await model.score(batch, targets, { losses: true })).losses).toEqual(new Float32Array(0));
    expect(model.gradients.size).toBe(0);
  });

  it("refuses tokens that the vocabulary does not have", async () => {
    const model = createModel();
    const { batch, targets } = packExamples([learnAll([1, VOCAB])]);
    await expect(model.score(batch, targets, { losses: true })).rejects.toThrowError(
      /token id 50 is outside of the model's vocabulary of 50/,
    );
  });

  it("shows it when numbers are lost", async () => {
    const model = createModel();
    const norm = model.parameters.get("model.norm.weight")!;
    norm.assign(tf.fill(norm.shape, Number.NaN));
    const { batch, targets } = packExamples([learnAll([1, 2, 3])]);
    expect([...(await model.score(batch, targets, { losses: true })).losses!]).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });

  it("repeats bit by bit", async () => {
    expect(await train(1, 4)).toEqual(await train(1, 4));
    expect(await train(1, 4)).not.toEqual(await train(2, 4));
  });

  it("holds no more tensors after each step", async () => {
    const model = createModel();
    const optimizer = new AdamW(model, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 });
    const counts = new Set<number>();
    const heaps = new Set<number>();
    for (let step = 0; step < 12; step++) {
      const { batch, targets } = packExamples(ragged(step % 3));
      await model.accumulate(batch, targets, targets.rows.length);
      await model.accumulate(batch, targets, targets.rows.length);
      await optimizer.step(1e-3, 1);
      await model.score(batch, targets, { losses: true, pooled: true });
      if (step < 3) continue;
      counts.add(backend.memory().tensors);
      heaps.add(backend.memory().heapBytes);
    }
    expect(counts.size).toBe(1);
    expect(heaps.size).toBe(1);
  });

  it("frees everything when it is disposed of", async () => {
    const before = backend.memory().tensors;
    const model = createModel();
    const { batch, targets } = packExamples(ragged(1));
    await model.accumulate(batch, targets, 1);
    models.pop();
    model.dispose();
    expect(backend.memory().tensors).toBe(before);
  });
});
