import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ScratchModel } from "../../../../contracts/plan";
import { packExamples } from "../../../../training-host/data/packed-batch";
import type { CausalLm } from "../../../../training-host/model/causal-lm";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import { SafetensorsFile, writeSafetensors } from "../../../../training-host/model/checkpoint/safetensors";
import { saveCheckpoint } from "../../../../training-host/model/checkpoint/save";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { referenceFolder } from "../reference";

const reference = (name: string) => path.join(referenceFolder, "models", name);

let backend: Backend;
let folder: string;
const models: CausalLm[] = [];

beforeAll(async () => {
  backend = await openBackend("wasm");
});
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "checkpoint-"));
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
  fs.rmSync(folder, { recursive: true });
});

async function load(from: string): Promise<CausalLm> {
  const model = await loadCheckpoint(from, backend);
  models.push(model);
  return model;
}

/** Of all names and values: comparing 100,000 numbers one by one is slow. */
function digestOf(model: CausalLm): string {
  const hash = createHash("sha256");
  for (const [name, parameter] of model.parameters)
    hash.update(name).update(Buffer.from(parameter.dataSync<"float32">().buffer));
  return hash.digest("hex");
}

const weights = (inside: string) => fs.readFileSync(path.join(inside, "model.safetensors"));

describe("saving and loading", () => {
  it("gives back the same bytes", async () => {
    const model = await load(reference("llama3-tiny"));
    const [first, second] = [path.join(folder, "new/first"), path.join(folder, "second")];
    await saveCheckpoint(model, first, "f32", { tokenizerFiles: [] });
    const again = await load(first);
    expect(digestOf(again)).toBe(digestOf(model));
    await saveCheckpoint(again, second, "f32", { tokenizerFiles: [] });
    expect(weights(second).equals(weights(first))).toBe(true);
  });

  it("gives back a sharded BF16 checkpoint, in one file", async () => {
    const model = await load(reference("llama3-tiny-bf16"));
    await saveCheckpoint(model, folder, "bf16", { tokenizerFiles: [] });
    expect(digestOf(await load(folder))).toBe(digestOf(model));
    expect(weights(folder).length).toBeLessThan(weights(reference("llama3-tiny")).length * 0.6);
  });

  it("rounds to F16 when asked to", async () => {
    const model = await load(reference("llama3-tiny"));
    await saveCheckpoint(model, folder, "f16", { tokenizerFiles: [] });
    const rounded = await load(folder);
    for (const [name, parameter] of model.parameters) {
      const before = parameter.dataSync();
      const after = rounded.parameters.get(name)!.dataSync();
      // Half a unit in the last of 11 bits; below 2^-14 the units are all 2^-24.
      const excess = after.map(
        (value, i) => Math.abs(value - before[i]!) - Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
      );
      expect(Math.max(...excess), name).toBeLessThanOrEqual(0);
    }
    expect(digestOf(rounded)).not.toBe(digestOf(model));
  });

  it("writes what transformers reads: the config with its type, and the tokenizer's files", async () => {
    const model = await load(reference("llama31-tiny"));
    const tokenizer = ["tokenizer.json", "tokenizer_config.json"].map((name) =>
      path.join(reference("llama31-tiny"), name),
    );
    await saveCheckpoint(model, folder, "bf16", { tokenizerFiles: tokenizer });
    const original = JSON.parse(fs.readFileSync(path.join(reference("llama31-tiny"), "config.json"), "utf8"));
    const saved = JSON.parse(fs.readFileSync(path.join(folder, "config.json"), "utf8"));
    expect(saved).toEqual({ ...original, torch_dtype: "bfloat16" });
    for (const file of tokenizer)
      expect(fs.readFileSync(path.join(folder, path.basename(file)))).toEqual(fs.readFileSync(file));
  });
});

/** All files of a folder, by name. */
const filesOf = (inside: string) =>
  new Map(fs.readdirSync(inside).map((name) => [name, fs.readFileSync(path.join(inside, name))]));

describe("saving a loaded model", () => {
  it.each(["f32", "f16", "bf16"] as const)(
    "gives byte-identical tensors as %s, in one file or in shards",
    async (dtype) => {
      const shape = fc.record({
        layers: fc.integer({ min: 1, max: 2 }),
        kvHeads: fc.constantFrom(1, 2, 4),
        hidden: fc.integer({ min: 1, max: 9 }),
        vocab: fc.integer({ min: 1, max: 20 }),
        tiedHead: fc.boolean(),
        largestFile: fc.constantFrom(1, 2000, 1e9),
        seed: fc.nat(),
      });
      let sharded = 0;
      await fc.assert(
        fc.asyncProperty(shape, async ({ seed, largestFile, ...sizes }) => {
          const config = { architecture: "llama", width: 16, heads: 4, ropeTheta: 10000, ...sizes } as const;
          const created = createFromScratch(config, sizes.vocab, backend, new Random(seed));
          const [first, second] = [path.join(folder, "first"), path.join(folder, "second")];
          for (const each of [first, second]) fs.rmSync(each, { recursive: true, force: true });
          await saveCheckpoint(created, first, dtype, { tokenizerFiles: [], largestFile });
          created.dispose();
          const loaded = await loadCheckpoint(first, backend);
          await saveCheckpoint(loaded, second, dtype, { tokenizerFiles: [], largestFile });
          loaded.dispose();
          expect(filesOf(second)).toEqual(filesOf(first));
          const index = filesOf(first).get("model.safetensors.index.json");
          if (index === undefined) return;
          sharded++;
          const shards = new Set(Object.values(JSON.parse(index.toString()).weight_map));
          expect([...filesOf(first).keys()].filter((name) => name.endsWith(".safetensors"))).toEqual(
            [...shards].sort(),
          );
        }),
        { numRuns: 12 },
      );
      expect(sharded).toBeGreaterThan(3);
    },
  );

  it("cuts shards where the next tensor would be too much, and says how much there is", async () => {
    const model = await load(reference("llama3-tiny"));
    await saveCheckpoint(model, folder, "f16", { tokenizerFiles: [], largestFile: 60_000 });
    const { metadata, weight_map: map } = JSON.parse(
      fs.readFileSync(path.join(folder, "model.safetensors.index.json"), "utf8"),
    );
    const bytes = (names: string[]) =>
      names.reduce((sum, name) => sum + 2 * model.parameters.get(name)!.size, 0);
    expect(metadata).toEqual({ total_size: bytes([...model.parameters.keys()]) });
    const shards = [...new Set<string>(Object.values(map))];
    expect(shards.length).toBeGreaterThan(3);
    expect(shards[0]).toBe(`model-00001-of-0000${shards.length}.safetensors`);
    const sizes = shards.map((shard) => bytes(Object.keys(map).filter((name) => map[name] === shard)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60_000);
    expect(digestOf(await load(folder))).toBe(digestOf(await load(await rounded(model))));
  });

  /** The same in one file. */
  async function rounded(model: CausalLm): Promise<string> {
    const single = path.join(folder, "single");
    await saveCheckpoint(model, single, "f16", { tokenizerFiles: [] });
    return single;
  }

  it("carries along what transformers needs for the tokenizer, and how to generate", async () => {
    const source = path.join(folder, "source");
    fs.cpSync(reference("qwen2-tiny"), source, { recursive: true });
    const others = [
      "special_tokens_map.json",
      "added_tokens.json",
      "vocab.json",
      "merges.txt",
      "chat_template.jinja",
    ];
    for (const name of others) fs.writeFileSync(path.join(source, name), `the ${name}`);
    fs.writeFileSync(path.join(source, "README.md"), "not this");
    const model = await load(source);
    const saved = path.join(folder, "saved");
    const tokenizerFiles = [path.join(source, "tokenizer.json")];
    await saveCheckpoint(model, saved, "f32", { tokenizerFiles, modelFolder: source });
    const carried = [...others, "tokenizer.json", "tokenizer_config.json", "generation_config.json"];
    expect([...filesOf(saved).keys()].sort()).toEqual(
      [...carried, "config.json", "model.safetensors"].sort(),
    );
    for (const name of carried) expect(filesOf(saved).get(name), name).toEqual(filesOf(source).get(name));

    // Another tokenizer comes with what belongs to it, and nothing of the model's own.
    const other = path.join(folder, "other");
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, "mine.json"), "mine");
    const again = path.join(folder, "again");
    const mine = [path.join(other, "mine.json")];
    await saveCheckpoint(model, again, "f32", { tokenizerFiles: mine, modelFolder: source });
    expect([...filesOf(again).keys()].sort()).toEqual(
      ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"].sort(),
    );
    expect(filesOf(again).get("tokenizer.json")!.toString()).toBe("mine");
  });
});

describe("a config of transformers 5", () => {
  it("has its rope in one key, and its type under another name", async () => {
    const { rope_theta, rope_scaling, torch_dtype, ...rest } = JSON.parse(
      fs.readFileSync(path.join(reference("llama31-tiny"), "config.json"), "utf8"),
    );
    const config = { ...rest, dtype: torch_dtype, rope_parameters: { ...rope_scaling, rope_theta } };
    fs.cpSync(reference("llama31-tiny"), folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
    const { batch } = packExamples([
      { ids: Int32Array.from({ length: 80 }, (_, i) => i), learned: new Uint8Array(80) },
    ]);
    const rows = Int32Array.of(79);
    const model = await load(folder);
    const expected = await (await load(reference("llama31-tiny"))).logits(batch, rows);
    expect(await model.logits(batch, rows)).toEqual(expected);
    const saved = path.join(folder, "saved");
    await saveCheckpoint(model, saved, "f16", { tokenizerFiles: [] });
    expect(JSON.parse(fs.readFileSync(path.join(saved, "config.json"), "utf8"))).toEqual({
      ...config,
      dtype: "float16",
    });
  });
});

const quickstart: ScratchModel = {
  architecture: "llama",
  layers: 4,
  width: 128,
  heads: 4,
  kvHeads: 2,
  hidden: 352,
  vocab: 1024,
  tiedHead: true,
  ropeTheta: 10000,
};

describe("a model from scratch", () => {
  const create = (seed: number, config = quickstart) => {
    const model = createFromScratch(config, config.vocab, backend, new Random(seed, "init"));
    models.push(model);
    return model;
  };

  it("has the quickstart's 869,504 parameters, and a head of its own when it is not tied", () => {
    const count = (model: CausalLm) =>
      [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    expect(count(create(1))).toBe(869_504);
    expect(count(create(1, { ...quickstart, tiedHead: false }))).toBe(869_504 + 1024 * 128);
  });

  it("starts from N(0, 0.02), norms at 1, by the seed", () => {
    const model = create(1);
    expect(digestOf(create(1))).toBe(digestOf(model));
    expect(digestOf(create(2))).not.toBe(digestOf(model));
    const embedding = model.parameters.get("model.embed_tokens.weight")!.dataSync<"float32">();
    const mean = embedding.reduce((sum, value) => sum + value, 0) / embedding.length;
    const variance = embedding.reduce((sum, value) => sum + (value - mean) ** 2, 0) / embedding.length;
    expect(Math.abs(mean)).toBeLessThan(3e-4);
    expect(Math.sqrt(variance)).toBeCloseTo(0.02, 3);
    expect(new Set(model.parameters.get("model.norm.weight")!.dataSync())).toEqual(new Set([1]));
  });

  it("can be saved and loaded", async () => {
    const model = create(3);
    await saveCheckpoint(model, folder, "f32", { tokenizerFiles: [] });
    expect(digestOf(await load(folder))).toBe(digestOf(model));
    const config = JSON.parse(fs.readFileSync(path.join(folder, "config.json"), "utf8"));
    expect(config).toMatchObject({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: 1024,
    });
  });
});

describe("a folder that cannot be loaded", () => {
  const config = JSON.parse(fs.readFileSync(path.join(reference("llama3-tiny"), "config.json"), "utf8"));
  const original = (file: string) => path.join(reference("llama3-tiny"), file);

  /** The folder with llama3-tiny's weights and this config. */
  function withConfig(changes: object | string): void {
    const text = typeof changes === "string" ? changes : JSON.stringify({ ...config, ...changes });
    fs.writeFileSync(path.join(folder, "config.json"), text);
    fs.copyFileSync(original("model.safetensors"), path.join(folder, "model.safetensors"));
  }

  async function expectRefused(reason: string, message: RegExp): Promise<void> {
    const refusal = await loadCheckpoint(folder, backend).then(
      () => null,
      (error) => error,
    );
    expect(refusal).toMatchObject({ name: "UserError", reason });
    expect(refusal.message).toMatch(message);
    expect(refusal.message).toContain(folder);
  }

  it("does not exist", async () => {
    const missing = path.join(folder, "missing");
    await expect(loadCheckpoint(missing, backend)).rejects.toMatchObject({
      reason: "file-missing",
      message: `There is no model folder ${missing}.`,
    });
  });

  it("has no config.json", () => expectRefused("file-missing", /has no config\.json/));

  it("has no weights", async () => {
    withConfig({});
    fs.rmSync(path.join(folder, "model.safetensors"));
    await expectRefused("file-missing", /no weights: neither model\.safetensors nor/);
  });

  it.each<[string, object | string, RegExp]>([
    ["not JSON", "{", /config\.json is not JSON/],
    ["a list", "[]", /not a JSON object/],
    ["nested without end", `{"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, /nested too deeply/],
    ["with a very long word", { hidden_act: "x".repeat(1e6) }, /hidden_act is "x{300,400} \.\.\.\.$/],
    ["without model_type", { model_type: undefined }, /"model_type" is missing, expected a string/],
    [
      "of another architecture",
      { model_type: "mamba" },
      /model_type "mamba" is not supported \(supported: llama, qwen2, gemma\)/,
    ],
    ["with a name of Object's", { model_type: "constructor" }, /model_type "constructor" is not supported/],
    ["without a size", { hidden_size: undefined }, /"hidden_size" is missing/],
    [
      "with a wrong size",
      { num_hidden_layers: "two" },
      /"num_hidden_layers" must be an integer above 0, found "two"/,
    ],
    [
      "with heads that do not divide",
      { num_attention_heads: 3, num_key_value_heads: 3 },
      /must be a multiple of num_attention_heads/,
    ],
    [
      "with groups that do not divide",
      { num_key_value_heads: 3 },
      /must be a multiple of num_key_value_heads/,
    ],
    ["with an odd head", { head_dim: 15 }, /head size \(15\) must be even/],
    ["with another activation", { hidden_act: "gelu" }, /hidden_act is "gelu"/],
    ["with biases", { attention_bias: true }, /no tensor "model\.layers\.0\.self_attn\.q_proj\.bias"/],
    [
      "with a rope scaling that is not computed",
      { rope_scaling: { rope_type: "yarn", factor: 2 } },
      /rope_type "yarn" is not supported/,
    ],
    [
      "with half a rope scaling",
      { rope_scaling: { rope_type: "llama3", factor: 2 } },
      /"low_freq_factor" is missing/,
    ],
  ])("has a config %s", async (_, changes, message) => {
    withConfig(changes);
    await expectRefused("bad-model", message);
  });

  it.each<[string, object, RegExp]>([
    [
      "misses a tensor",
      { num_hidden_layers: 3 },
      /no tensor "model\.layers\.2\.[a-z_.]+", expected one of shape \[/,
    ],
    [
      "has one of another shape",
      { vocab_size: 321 },
      /"model\.embed_tokens\.weight" .* has shape \[320, 64\], expected \[321, 64\]/,
    ],
  ])("%s", async (_, changes, message) => {
    withConfig(changes);
    await expectRefused("bad-model", message);
  });

  it("has a tensor of another type", async () => {
    withConfig({});
    const bytes = fs.readFileSync(original("model.safetensors"));
    const length = Number(bytes.readBigUInt64LE());
    const header = bytes
      .subarray(8, 8 + length)
      .toString()
      .replace('"F32"', '"I32"');
    fs.writeFileSync(
      path.join(folder, "model.safetensors"),
      Buffer.concat([bytes.subarray(0, 8), Buffer.from(header), bytes.subarray(8 + length)]),
    );
    await expectRefused("bad-model", /has type I32, expected F32, F16 or BF16/);
  });

  it.each<[number, string]>([
    [Number.NaN, "[3, 5]"],
    [Number.POSITIVE_INFINITY, "[319, 63]"],
  ])("has a weight that is %d", async (value, place) => {
    withConfig({});
    const file = SafetensorsFile.open(original("model.safetensors"));
    const [row, column] = JSON.parse(place);
    const tensors = [...file.tensors].map(([name, { shape }]) => ({
      name,
      shape,
      values: () => {
        const values = file.read(name);
        if (name === "lm_head.weight") values[row * 64 + column] = value;
        return values;
      },
    }));
    await writeSafetensors(path.join(folder, "model.safetensors"), tensors, "F32");
    const before = backend.memory().tensors;
    await expectRefused(
      "bad-model",
      new RegExp(
        `Tensor "lm_head.weight" of .* is infinite or not a number at \\${place}`.replace("]", "\\]"),
      ),
    );
    expect(backend.memory().tensors).toBe(before);
  });

  it("was cut off", async () => {
    withConfig({});
    fs.truncateSync(path.join(folder, "model.safetensors"), 200_000);
    await expectRefused(
      "bad-model",
      /model\.safetensors is not a usable safetensors file: tensor ".*" lies at bytes .*: it is cut off/,
    );
  });

  describe("in shards", () => {
    const index = (change: (map: Record<string, unknown>) => void) => {
      fs.cpSync(reference("llama3-tiny-bf16"), folder, { recursive: true });
      const file = path.join(folder, "model.safetensors.index.json");
      const content = JSON.parse(fs.readFileSync(file, "utf8"));
      change(content.weight_map);
      fs.writeFileSync(file, JSON.stringify(content));
    };

    it("misses one", async () => {
      index(() => {});
      fs.rmSync(path.join(folder, "model-00002-of-00002.safetensors"));
      await expectRefused(
        "file-missing",
        /There is no file .*model-00002-of-00002\.safetensors, in which model\.safetensors\.index\.json places tensor "/,
      );
    });

    it("looks for one in another folder", async () => {
      index((map) => {
        map["lm_head.weight"] = "../outside.safetensors";
      });
      await expectRefused("bad-model", /places tensor "lm_head\.weight" in "\.\.\/outside\.safetensors"/);
    });

    it("has a tensor in two of them", async () => {
      index(() => {});
      const shard = (number: number) => path.join(folder, `model-0000${number}-of-00002.safetensors`);
      const [one, two] = [SafetensorsFile.open(shard(1)), SafetensorsFile.open(shard(2))];
      const [twin] = one.tensors.keys();
      const tensors = [...two.tensors.keys(), twin!].map((name) => {
        const { shape } = one.tensors.get(name) ?? two.tensors.get(name)!;
        const values = (one.tensors.has(name) ? one : two).read(name);
        return { name, shape, values: () => values };
      });
      await writeSafetensors(shard(2), tensors, "BF16");
      await expectRefused(
        "bad-model",
        /model-00001-of-00002\.safetensors, and model-00002-of-00002\.safetensors has it, too/,
      );
    });

    it("looks for a tensor in the wrong one", async () => {
      index((map) => {
        map["model.embed_tokens.weight"] = "model-00002-of-00002.safetensors";
      });
      await expectRefused("bad-model", /model-00002-of-00002\.safetensors, which does not have it/);
    });
  });
});
