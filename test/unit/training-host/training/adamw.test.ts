import * as fs from "node:fs";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { AdamW } from "../../../../training-host/training/adamw";
import { largestDifference, referenceFolder } from "../reference";
import { testBackends } from "../test-backends";

type Nested = number | Nested[];

interface ReferenceCase {
  lr: number;
  betas: [number, number];
  eps: number;
  weight_decay: number;
  clip: number | null;
  params: Nested[];
  grads: Nested[][];
  global_norms: number[];
  params_after_each_step: Nested[][];
}

const { cases } = JSON.parse(fs.readFileSync(path.join(referenceFolder, "mos/adamw.json"), "utf8")) as {
  cases: ReferenceCase[];
};

/** As much of a model as the optimizer sees, without a network. */
class Parameters {
  readonly trained = new Map<string, tf.Variable>();
  readonly gradients = new Map<string, tf.Tensor>();

  constructor(
    readonly backend: Backend,
    values: readonly Nested[],
  ) {
    for (const [index, value] of values.entries())
      this.trained.set(`p${index}`, tf.variable(tf.tensor(value as number[])));
  }

  setGradients(values: readonly Nested[]): void {
    for (const [index, value] of values.entries())
      this.gradients.set(`p${index}`, tf.tensor(value as number[]));
  }

  clearGradients(): void {
    this.gradients.clear();
  }

  values(): number[] {
    return [...this.trained.values()].flatMap((parameter) => [...parameter.dataSync()]);
  }

  asModel(): CausalLm {
    return this as unknown as CausalLm;
  }
}

function optimizerFor(model: Parameters, reference: ReferenceCase): AdamW {
  const [beta1, beta2] = reference.betas;
  return new AdamW(model.asModel(), model.backend, {
    beta1,
    beta2,
    eps: reference.eps,
    weightDecay: reference.weight_decay,
  });
}

async function valuesOf(optimizer: AdamW): Promise<Map<string, Float32Array>> {
  const state = new Map<string, Float32Array>();
  for (const { name, values } of optimizer.state()) state.set(name, await values());
  return state;
}

describe.each(testBackends(["cpu", "wasm"]))("AdamW on %s", (name) => {
  it.each(cases.map((reference, index) => [index, reference] as const))(
    "follows PyTorch in float64 (case %d)",
    async (_, reference) => {
      const model = new Parameters(await openBackend(name), reference.params);
      const optimizer = optimizerFor(model, reference);
      for (const [step, gradients] of reference.grads.entries()) {
        model.setGradients(gradients);
        const { gradientNorm } = await optimizer.step(reference.lr, reference.clip);
        expect(gradientNorm / reference.global_norms[step]!).toBeCloseTo(1, 6);
        const expected = (reference.params_after_each_step[step] as number[][]).flat(9);
        expect(largestDifference(model.values(), expected)).toBeLessThan(5e-7);
      }
    },
  );

  it("goes on from a saved state as if it had not stopped", async () => {
    const reference = cases[0]!;
    const backend = await openBackend(name);
    const step = async (model: Parameters, optimizer: AdamW, index: number) => {
      model.setGradients(reference.grads[index]!);
      await optimizer.step(reference.lr, reference.clip);
    };
    const straight = new Parameters(backend, reference.params);
    const optimizer = optimizerFor(straight, reference);
    for (let index = 0; index < 2; index++) await step(straight, optimizer, index);
    const resumed = new Parameters(
      backend,
      [...straight.trained.values()].map((parameter) => parameter.arraySync() as number[]),
    );
    const restored = optimizerFor(resumed, reference);
    restored.restore(await valuesOf(optimizer));
    for (let index = 2; index < 4; index++) {
      await step(straight, optimizer, index);
      await step(resumed, restored, index);
    }
    expect(resumed.values()).toEqual(straight.values());
  });

  it("refuses the state of another model", async () => {
    const backend = await openBackend(name);
    const optimizer = optimizerFor(new Parameters(backend, [[1, 2, 3]]), cases[0]!);
    const other = optimizerFor(new Parameters(backend, [[1, 2]]), cases[0]!);
    const state = await valuesOf(other);
    expect(() => optimizer.restore(state)).toThrowError(/"first\/p0" has 2 values, expected 3/);
  });

  it("decays parameters that had no gradient", async () => {
    const model = new Parameters(await openBackend(name), [[2]]);
    const optimizer = optimizerFor(model, cases[0]!);
    expect(await optimizer.step(0.5, 1)).toEqual({ gradientNorm: 0 });
    expect(model.values()[0]).toBeCloseTo(2 * (1 - 0.5 * 0.01), 6);
  });
});
