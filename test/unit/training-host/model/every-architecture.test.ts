/** What holds for a model of any architecture, whoever computes it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Example, packExamples } from "../../../../training-host/data/packed-batch";
import type { CausalLm, CausalLmOptions } from "../../../../training-host/model/causal-lm";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import type { Decoder } from "../../../../training-host/model/decoder";
import { LowRankAdapters } from "../../../../training-host/model/low-rank-adapters";
import { createWithRandomWeights } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { chooseVariant } from "../../../../training-host/tensor/wasm/kernels";
import { openKit } from "../../../../training-host/tensor/wasm/kit";
import type { Kernels } from "../../../../training-host/tensor/wasm/threaded-kernels";
import { makeWasmOperations } from "../../../../training-host/tensor/wasm/wasm-operations";
import { largestDifference, largestMagnitude, referenceFolder } from "../reference";
import { bfloat16Models, measureTraining, worstOf } from "./reference-measurements";
import { type SmallModel, smallConfig, smallModels, VOCAB } from "./small-configs";

const projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

let backend: Backend;
const models: CausalLm[] = [];
beforeAll(async () => {
  backend = await openBackend("wasm");
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

/** With larger weights than a new model's, and random norms and biases: attention that is even all over would hide much. */
function create(
  name: SmallModel,
  changes: Record<string, unknown> = {},
  optionsFor: (decoder: Decoder) => CausalLmOptions = () => ({}),
  on = backend,
): CausalLm {
  const random = new Random(3, "weights");
  const model = createWithRandomWeights(smallConfig(name, changes), on, random, optionsFor);
  models.push(model);
  for (const [name, parameter] of model.parameters) {
    const mean = name.endsWith("norm.weight") ? 0.5 : 0;
    const values = Float32Array.from({ length: parameter.size }, () => mean + 0.2 * random.normal());
    tf.tidy(() => parameter.assign(tf.tensor(values, parameter.shape)));
  }
  return model;
}

const withAdapters =
  (activations: "keep" | "recompute", dropout = 0) =>
  (decoder: Decoder) => {
    const config = { rank: 3, alpha: 6, dropout, targets: projections };
    const adapters = new LowRankAdapters(decoder, config, new Random(5));
    for (const matrix of adapters.parameters.values())
      tf.tidy(() => matrix.assign(tf.randomNormal(matrix.shape, 0, 0.1, "float32", 4)));
    return { adapters, activations };
  };

function ragged(seed: number): ReturnType<typeof packExamples> {
  const random = new Random(seed);
  return packExamples(
    Array.from({ length: 4 }, (): Example => {
      const ids = Int32Array.from({ length: 2 + random.integer(50) }, () => random.integer(VOCAB));
      return { ids, learned: new Uint8Array(ids.length).fill(1, 1) };
    }),
  );
}

async function gradientsOf(
  model: CausalLm,
  dropoutSeed: number | null = null,
): Promise<Map<string, Float32Array>> {
  const { batch, targets } = ragged(1);
  await model.accumulate(batch, targets, targets.rows.length, dropoutSeed);
  const gradients = new Map<string, Float32Array>();
  for (const [name, gradient] of model.gradients) gradients.set(name, await gradient.data<"float32">());
  model.clearGradients();
  return gradients;
}

describe.each(smallModels)("%s", (name) => {
  it("has the gradients of stock TensorFlow.js", async () => {
    const own = await gradientsOf(create(name));
    const cpu = await openBackend("cpu");
    const reference = await gradientsOf(create(name, {}, undefined, cpu));
    for (const model of models.splice(0).reverse()) model.dispose();
    backend = await openBackend("wasm");
    expect([...own.keys()].sort()).toEqual([...reference.keys()].sort());
    for (const [parameter, expected] of reference) {
      expect(
        largestDifference(own.get(parameter)!, expected) / largestMagnitude(expected),
        parameter,
      ).toBeLessThan(2e-5);
    }
  });

  it.each([true, false])("computes layers again to the same bits (tied head: %s)", async (tied) => {
    const of = (activations: "keep" | "recompute") =>
      gradientsOf(create(name, { tie_word_embeddings: tied }, () => ({ activations })));
    const kept = await of("keep");
    expect(kept.has("lm_head.weight")).toBe(!tied);
    expect(await of("recompute")).toEqual(kept);
  });

  it("learns with a tied head what the embedding and an equal head learn together", async () => {
    const tied = create(name, { tie_word_embeddings: true });
    const untied = create(name, { tie_word_embeddings: false });
    for (const [parameter, values] of untied.parameters)
      values.assign(tied.parameters.get(parameter === "lm_head.weight" ? tied.decoder.head : parameter)!);
    const [one, two] = [await gradientsOf(tied), await gradientsOf(untied)];
    const [embedding, head] = [two.get("model.embed_tokens.weight")!, two.get("lm_head.weight")!];
    const sum = embedding.map((value, i) => value + head[i]!);
    expect(largestDifference(one.get("model.embed_tokens.weight")!, sum)).toBeLessThan(
      1e-6 * largestMagnitude(sum),
    );
    expect(largestMagnitude(embedding)).toBeGreaterThan(0);
  });

  it("trains adapters alone, with layers computed again or not", async () => {
    const kept = create(name, {}, withAdapters("keep", 0.3));
    const gradients = await gradientsOf(kept, 77);
    expect([...gradients.keys()].sort()).toEqual([...kept.adapters!.parameters.keys()].sort());
    expect(gradients.size).toBe(3 * projections.length * 2);
    expect(await gradientsOf(create(name, {}, withAdapters("recompute", 0.3)), 77)).toEqual(gradients);
  });

  it.each(["keep", "recompute"] as const)("does no work for what is frozen (%s)", async (activations) => {
    const called = new Set<string>();
    const counted = await openCounted(called);
    const model = create(name, {}, withAdapters(activations), counted);
    await gradientsOf(model);
    const ofParameters = ["sumRows", "rmsNormBackwardWeight"];
    expect(ofParameters.filter((kernel) => called.has(kernel))).toEqual([]);
    await gradientsOf(create(name, {}, () => ({ activations }), counted));
    expect(ofParameters.filter((kernel) => called.has(kernel))).toEqual(
      name === "qwen2" || name === "llama with biases" ? ofParameters : ofParameters.slice(1),
    );
  });

  it("holds no tensor more after a step", async () => {
    const model = create(name);
    const counts: number[] = [];
    for (let step = 0; step < 3; step++) {
      await gradientsOf(model);
      await model.hiddenStates(ragged(2).batch);
      counts.push(backend.memory().tensors);
    }
    expect(new Set(counts).size).toBe(1);
  });
});

describe.each(bfloat16Models)("%s with adapters", (name) => {
  it("has the gradients of stock TensorFlow.js, with its frozen layers kept as bfloat16", async () => {
    const load = async (on: Backend) => {
      const folder = path.join(referenceFolder, "models", name);
      const model = await loadCheckpoint(folder, on, withAdapters("keep"));
      models.push(model);
      return model;
    };
    const own = await load(backend);
    const halved = [...own.parameters].filter(([, { dtype }]) => dtype === "int32").map(([name]) => name);
    expect(halved).toHaveLength(2 * projections.length);
    expect(halved.filter((name) => !name.endsWith("_proj.weight"))).toEqual([]);
    const gradients = await gradientsOf(own);
    const cpu = await openBackend("cpu");
    const reference = await gradientsOf(await load(cpu));
    for (const model of models.splice(0).reverse()) model.dispose();
    backend = await openBackend("wasm");
    expect([...gradients.keys()].sort()).toEqual([...reference.keys()].sort());
    for (const [parameter, expected] of reference) {
      const difference = largestDifference(gradients.get(parameter)!, expected) / largestMagnitude(expected);
      expect(difference, parameter).toBeLessThan(2e-5);
    }
  });
});

/** Our kernels, which write their names down when they are called. */
async function openCounted(called: Set<string>): Promise<Backend> {
  const folder = path.join(__DIST__, "wasm");
  const heap = await Heap.open();
  const kit = await openKit(heap, { folder, variant: chooseVariant(folder), blas: null, threads: 1 });
  const kernels = new Proxy(kit.kernels, {
    get: (target, name) => {
      called.add(String(name));
      return target[name as keyof Kernels];
    },
  });
  return { ...backend, operations: makeWasmOperations({ ...kit, kernels }) };
}

describe("a tied checkpoint that stores its head all the same", () => {
  let folder: string;
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("has one parameter of them: the gradient's norm counts it once", async () => {
    const original = path.join(referenceFolder, "models/qwen2-tiny");
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tied-"));
    fs.copyFileSync(path.join(original, "config.json"), path.join(folder, "config.json"));
    const stored = fs.readFileSync(path.join(original, "model.safetensors"));
    fs.writeFileSync(path.join(folder, "model.safetensors"), withHead(stored));
    const model = await loadCheckpoint(folder, backend);
    models.push(model);
    expect(model.parameters.has("lm_head.weight")).toBe(false);
    const { measurements } = await measureTraining(model, "qwen2-tiny");
    for (const { quantity, difference, tolerance } of worstOf(measurements).values())
      expect(difference, quantity).toBeLessThanOrEqual(tolerance);
  });

  /** The embedding once more, as `lm_head.weight`. */
  function withHead(file: Buffer): Buffer {
    const length = Number(file.readBigUInt64LE());
    const header = JSON.parse(file.subarray(8, 8 + length).toString());
    const data = file.subarray(8 + length);
    const embedding = header["model.embed_tokens.weight"];
    const [begin, end] = embedding.data_offsets;
    header["lm_head.weight"] = { ...embedding, data_offsets: [data.length, data.length + end - begin] };
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([size, text, data, data.subarray(begin, end)]);
  }
});
