/** Training on WebGPU: the same curve as on our wasm kernels, and the same bits every time. */
import { describe, expect, it } from "vitest";
import { packExamples } from "../../../training-host/data/packed-batch";
import { createFromScratch } from "../../../training-host/model/scratch";
import { Random } from "../../../training-host/random";
import type { Backend } from "../../../training-host/tensor/backend";
import { openBackend } from "../../../training-host/tensor/backends";
import { AdamW } from "../../../training-host/training/adamw";
import { largestDifference } from "../../unit/training-host/reference";

const VOCAB = 40;
const STEPS = 9;

/** Ragged sequences in which a token tells the next one. */
function batchOf(random: Random) {
  return packExamples(
    Array.from({ length: 6 }, () => {
      const ids = Int32Array.of(random.integer(VOCAB), ...new Array(5 + random.integer(12)).fill(0));
      for (let i = 1; i < ids.length; i++) ids[i] = (3 * ids[i - 1]! + 7) % VOCAB;
      return { ids, learned: new Uint8Array(ids.length).fill(1, 2) };
    }),
  );
}

interface Trained {
  losses: number[];
  parameters: Map<string, Float32Array>;
  /** After every step. */
  memory: { tensors: number; heapBytes: number }[];
}

async function train(backend: Backend): Promise<Trained> {
  const shape = {
    architecture: "llama",
    layers: 1,
    width: 16,
    heads: 2,
    kvHeads: 1,
    hidden: 24,
    vocab: VOCAB,
    tiedHead: true,
    ropeTheta: 10000,
  } as const;
  const model = createFromScratch(shape, VOCAB, backend, new Random(1, "init"));
  const optimizer = new AdamW(model, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
  const random = new Random(2, "data");
  const trained: Trained = { losses: [], parameters: new Map(), memory: [] };
  for (let step = 0; step < STEPS; step++) {
    const { batch, targets } = batchOf(random);
    const losses = await model.accumulate(batch, targets, targets.rows.length);
    await optimizer.step(1e-2, 1);
    trained.losses.push(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
    trained.memory.push(backend.memory());
  }
  for (const [name, parameter] of model.parameters)
    trained.parameters.set(name, (await parameter.data<"float32">()).slice());
  optimizer.dispose();
  model.dispose();
  return trained;
}

describe("training", () => {
  it("follows the losses on wasm, and repeats bit by bit", async () => {
    const expected = await train(await openBackend("wasm"));
    const backend = await openBackend("webgpu");
    const before = backend.memory().tensors;
    const first = await train(backend);
    const second = await train(backend);

    expect(expected.losses.at(-1)).toBeLessThan(0.95 * expected.losses[0]!);
    // Rounding differs, and training lets it grow; a wrong gradient is off by more than that after a few steps.
    expect(largestDifference(first.losses.slice(0, 5), expected.losses.slice(0, 5))).toBeLessThan(1e-5);
    expect(largestDifference(first.losses, expected.losses)).toBeLessThan(1e-3);

    expect(second.losses).toEqual(first.losses);
    for (const [name, values] of first.parameters)
      expect(Buffer.from(second.parameters.get(name)!.buffer).equals(Buffer.from(values.buffer)), name).toBe(
        true,
      );

    expect(new Set(first.memory.map(({ tensors }) => tensors)).size).toBe(1);
    expect(backend.memory().tensors).toBe(before);
    // Every batch has sizes of its own; what they leave behind is used again or given back.
    const held = first.memory.map(({ heapBytes }) => heapBytes);
    expect(Math.max(...held)).toBeLessThan(3 * held[0]!);
  });
});
