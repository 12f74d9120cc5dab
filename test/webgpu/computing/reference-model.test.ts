/** Every architecture of Hugging Face transformers, on WebGPU: what test/unit/training-host/model/reference-models.test.ts does elsewhere. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../../training-host/tensor/backend";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";
import {
  loadReference,
  type Measurement,
  measureCase,
  measureGradients,
  measureLongSequence,
  measureTraining,
  referenceCases,
  referenceModels,
  worstOf,
} from "../../unit/training-host/model/reference-measurements";

function expectHeld(measurements: readonly Measurement[]): void {
  for (const { quantity, difference, tolerance } of worstOf(measurements).values())
    expect(difference, quantity).toBeLessThanOrEqual(tolerance);
}

describe.each(referenceModels)("%s on webgpu", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openWebGpu();
  });

  it("gives the reference's states, logits and losses", async () => {
    const model = await loadReference(name, backend);
    for (const which of referenceCases) expectHeld(await measureCase(model, name, which));
    expectHeld(await measureLongSequence(model, name));
    model.dispose();
  });

  it("gives the reference's gradients, and its parameters after three AdamW steps", async () => {
    const model = await loadReference(name, backend);
    expectHeld(await measureGradients(model, name));
    const { measurements, tensors } = await measureTraining(model, name);
    expectHeld(measurements);
    expect(new Set(tensors).size).toBe(1);
    model.dispose();
  });
});
