/** Every architecture against Hugging Face transformers, number by number (test/fixtures/reference/expected). */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { architectureNames } from "../../../../training-host/model/architectures";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { referenceFolder } from "../reference";
import { availableBlas, NEEDS_BLAS } from "../tensor/available-blas";
import { testBackends } from "../test-backends";
import {
  bfloat16Models,
  loadReference,
  measureCase,
  measureGradients,
  measureGreedyGeneration,
  measureLongSequence,
  measureTraining,
  referenceCases,
  referenceModels,
} from "./reference-measurements";
import { ReferenceTable } from "./reference-table";

const withoutBlas = availableBlas() === null;

describe.each(testBackends(["cpu", "wasm", "wasm-blas"]))("on %s", (backendName) => {
  const missing = backendName === "wasm-blas" && withoutBlas;
  describe.skipIf(missing)(missing ? NEEDS_BLAS : "every number of the reference", () => {
    const table = new ReferenceTable();
    let backend: Backend;
    beforeAll(async () => {
      backend = await openBackend(backendName);
      expect(backend.name).toBe(backendName);
    });
    afterAll(() => table.print(backendName));

    describe.each(referenceModels)("%s", (name) => {
      let model: CausalLm;
      beforeAll(async () => {
        model = await loadReference(name, backend);
      });
      afterAll(() => model.dispose());

      it.each(referenceCases)("states, logits and losses, case %s", async (which) => {
        table.hold(name, await measureCase(model, name, which));
      });

      it("a sequence of 96 tokens", async () => {
        table.hold(name, await measureLongSequence(model, name));
      });

      it("greedy tokens", async () => {
        table.hold(name, await measureGreedyGeneration(model, name));
      });

      it("the gradient of every parameter", async () => {
        table.hold(name, await measureGradients(model, name));
      });

      it("three AdamW steps, and no tensor more after each", async () => {
        const trained = await loadReference(name, backend);
        const { measurements, tensors } = await measureTraining(trained, name);
        trained.dispose();
        table.hold(name, measurements);
        expect(new Set(tensors).size).toBe(1);
      });
    });

    it.each(bfloat16Models)("%s", async (name) => {
      const model = await loadReference(name, backend);
      for (const which of ["full", "right"] as const) table.hold(name, await measureCase(model, name, which));
      model.dispose();
    });
  });
});

it("has a model of every architecture", () => {
  const types = referenceModels.map((name) => {
    const config = path.join(referenceFolder, "models", name, "config.json");
    return JSON.parse(fs.readFileSync(config, "utf8")).model_type;
  });
  expect([...new Set(types)].sort()).toEqual([...architectureNames].sort());
});

it("leaves out no model and no file of the reference", () => {
  const list = (...parts: string[]) => fs.readdirSync(path.join(referenceFolder, ...parts)).sort();
  expect(list("expected")).toEqual([...referenceModels, ...bfloat16Models].sort());
  const cases = ["case_full", "case_right"];
  const all = [...cases, "case_left", "case_long", "case_generate", "case_right_after"];
  const trained = [...all, "grads_right", "params_after", "train_batches"];
  for (const model of list("expected"))
    expect(list("expected", model)).toEqual(
      (model.endsWith("-bf16") ? cases : trained).map((file) => `${file}.safetensors`).sort(),
    );
});
