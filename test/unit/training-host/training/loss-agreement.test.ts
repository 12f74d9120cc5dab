import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import type { BackendName } from "../../../../contracts/backend";
import { packExamples } from "../../../../training-host/data/packed-batch";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import { openBackend } from "../../../../training-host/tensor/backends";
import { AdamW } from "../../../../training-host/training/adamw";
import { availableBlas, NEEDS_BLAS } from "../tensor/available-blas";

const STEPS = 100;
/** Largest relative difference of a step's loss; docs/performance.md has what was measured. */
const TOLERANCE = 1e-5;

const scratch = {
  architecture: "llama",
  ...{ layers: 2, width: 32, heads: 4, kvHeads: 2, hidden: 48, vocab: 64 },
  ...{ tiedHead: true, ropeTheta: 10000 },
} as const;

/** Sequences of unequal length in which a token follows from the one before. */
function makeBatch(random: Random) {
  const examples = [5, 12, 9].map((length) => {
    const ids = new Int32Array(length).fill(random.integer(scratch.vocab));
    for (let i = 1; i < length; i++) ids[i] = (5 * ids[i - 1]! + random.integer(2)) % scratch.vocab;
    return { ids, learned: new Uint8Array(length).fill(1) };
  });
  return packExamples(examples);
}

async function trainOn(name: BackendName, threads: number): Promise<Float64Array> {
  const backend = await openBackend(name, threads);
  const model = createFromScratch(scratch, scratch.vocab, backend, new Random(1, "model"));
  const optimizer = new AdamW(model, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
  const random = new Random(1, "data");
  const losses = new Float64Array(STEPS);
  for (let step = 0; step < STEPS; step++) {
    const { batch, targets } = makeBatch(random);
    const ofTargets = await model.accumulate(batch, targets, targets.rows.length);
    losses[step] = ofTargets.reduce((sum, loss) => sum + loss, 0) / ofTargets.length;
    await optimizer.step(5e-3, 1);
  }
  optimizer.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(0);
  return losses;
}

function largestDifference(losses: Float64Array, reference: Float64Array): number {
  return Math.max(...losses.map((loss, step) => Math.abs(loss / reference[step]! - 1)));
}

const reference = trainOn("cpu", 1);

it("learns on the cpu backend, so that there is a curve to agree with", async () => {
  const losses = await reference;
  expect(losses.at(-1)!).toBeLessThan(0.6 * losses[0]!);
});

it("trains along the same losses with our own kernels, bit for bit whatever the number of threads", async () => {
  const own = await trainOn("wasm", 1);
  expect(largestDifference(own, await reference)).toBeLessThan(TOLERANCE);
  expect(await trainOn("wasm", 2)).toEqual(own);
});

it.skipIf(!availableBlas())(`trains along the same losses with BLAS; ${NEEDS_BLAS}`, async () => {
  for (const threads of [1, 2])
    expect(largestDifference(await trainOn("wasm-blas", threads), await reference)).toBeLessThan(TOLERANCE);
});
