/** Every architecture of Hugging Face transformers, on WebGPU: what test/unit/training-host/model/reference-models.test.ts does elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../../training-host/tensor/backend";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";
import {
  loadReference,
  measureCase,
  measureGradients,
  measureLongSequence,
  measureTraining,
  referenceCases,
  referenceModels,
} from "../../unit/training-host/model/reference-measurements";
import { ReferenceTable } from "../../unit/training-host/model/reference-table";

const table = new ReferenceTable();
afterAll(() => table.print("webgpu"));

describe.each(referenceModels)("%s on webgpu", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openWebGpu();
  });

  it("gives the reference's states, logits and losses", async () => {
    const model = await loadReference(name, backend);
    for (const which of referenceCases) table.hold(name, await measureCase(model, name, which));
    table.hold(name, await measureLongSequence(model, name));
    model.dispose();
  });

  it("gives the reference's gradients, and its parameters after three AdamW steps", async () => {
    const model = await loadReference(name, backend);
    table.hold(name, await measureGradients(model, name));
    const { measurements, tensors } = await measureTraining(model, name);
    table.hold(name, measurements);
    expect(new Set(tensors).size).toBe(1);
    model.dispose();
  });
});
