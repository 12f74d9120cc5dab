/** Training on several threads against training on one. */
import { describe, expect, it } from "vitest";
import { openBackend } from "../../../../training-host/tensor/backends";
import { largestDifference, largestMagnitude } from "../reference";
import { availableBlas, NEEDS_BLAS } from "../tensor/available-blas";
import { ShortTraining, sameBits } from "./short-training";

const STEPS = 3;

async function train(name: "wasm" | "wasm-blas", threads: number) {
  const backend = await openBackend(name, threads);
  expect(backend.threads).toBe(threads);
  const training = new ShortTraining(backend);
  const losses = await training.steps(STEPS);
  const parameters = training.parameters();
  training.dispose();
  return { losses, parameters };
}

describe("training with own kernels", () => {
  it("gives the same bits whatever the number of threads", async () => {
    const alone = await train("wasm", 1);
    for (const threads of [2, 3]) {
      const shared = await train("wasm", threads);
      expect(shared.losses.equals(alone.losses), `losses, ${threads} threads`).toBe(true);
      expect(sameBits(shared.parameters, alone.parameters), `${threads} threads`).toBe(true);
    }
  });
});

const blas = availableBlas();

describe.skipIf(!blas)(`training with BLAS${blas ? "" : `: ${NEEDS_BLAS}`}`, () => {
  it("gives the same bits again with the same number of threads", async () => {
    const [first, second] = [await train("wasm-blas", 2), await train("wasm-blas", 2)];
    expect(second.losses.equals(first.losses)).toBe(true);
    expect(sameBits(second.parameters, first.parameters)).toBe(true);
  });

  it("differs between numbers of threads by rounding alone", async () => {
    const alone = await train("wasm-blas", 1);
    const shared = await train("wasm-blas", 3);
    const scale = largestMagnitude(alone.parameters);
    expect(largestDifference(shared.parameters, alone.parameters) / scale).toBeLessThan(1e-4);
  });
});
