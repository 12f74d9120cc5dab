/** Which config.json opens which decoder, and which are refused with the key that is not computed. */
import { describe, expect, it } from "vitest";
import { openDecoder } from "../../../../training-host/model/architectures";
import { ConfigReader } from "../../../../training-host/model/checkpoint/config-reader";
import { elementCount } from "../../../../training-host/model/checkpoint/safetensors";
import { biasOf, type Decoder } from "../../../../training-host/model/decoder";
import { modelConfig, modelConfigNames } from "./model-configs";

/** Parameters as the Hub shows them for the model's safetensors. */
const published: Readonly<Record<string, number>> = {
  "qwen1.5-0.5b": 463_987_712,
  "qwen2-0.5b": 494_032_768,
  "qwen2.5-7b-instruct": 7_615_616_512,
  "gemma-2b": 2_506_172_416,
  "gemma-1.1-7b-it": 8_537_680_896,
  "llama-7b": 6_738_415_616,
  "llama-2-7b": 6_738_415_616,
  "llama-3-8b": 8_030_261_248,
  "llama-3.1-8b-instruct": 8_030_261_248,
  "llama-3.2-1b": 1_235_814_400,
  "tinyllama-1.1b": 1_100_048_384,
};

const nameOf = { llama: "llama-3-8b", qwen2: "qwen2-0.5b", gemma: "gemma-2b" } as const;

function withoutConfig(decoder: Decoder): object {
  return { ...decoder, config: null };
}

describe("a published model", () => {
  it.each(Object.entries(published))("%s has %d parameters", (name, parameters) => {
    const decoder = openDecoder(modelConfig(name));
    const total = [...decoder.parameters.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(total).toBe(parameters);
  });

  it.each(Object.keys(published))("%s is the same after transformers 5 has saved it", (name) => {
    const saved = openDecoder(modelConfig(`${name}.transformers-5`));
    expect(withoutConfig(saved)).toEqual(withoutConfig(openDecoder(modelConfig(name))));
  });

  it("is looked at wherever there is one", () => {
    expect(modelConfigNames().sort()).toEqual(
      Object.keys(published)
        .flatMap((name) => [name, `${name}.transformers-5`])
        .sort(),
    );
  });

  it("keeps its config as it is, to be saved", () => {
    const config = modelConfig("gemma-2b");
    expect(openDecoder(config).config).toBe(config.json);
  });
});

describe("a config", () => {
  const biasesOf = (decoder: Decoder) =>
    [...decoder.parameters.keys()]
      .filter((name) => name.startsWith("model.layers.0.") && name.endsWith(".bias"))
      .map((name) => name.split(".").at(-2));

  it("decides where there are biases", () => {
    expect(biasesOf(openDecoder(modelConfig("qwen2-0.5b")))).toEqual(["q_proj", "k_proj", "v_proj"]);
    expect(biasesOf(openDecoder(modelConfig("gemma-2b")))).toEqual([]);
    const everywhere = { attention_bias: true, mlp_bias: true };
    expect(biasesOf(openDecoder(modelConfig("llama-3-8b", everywhere)))).toEqual([
      "q_proj",
      "k_proj",
      "v_proj",
      "o_proj",
      "gate_proj",
      "up_proj",
      "down_proj",
    ]);
    const { parameters } = openDecoder(modelConfig("qwen2-0.5b"));
    const [bias] = [biasOf("model.layers.0.self_attn.k_proj.weight")];
    expect(parameters.get(bias!)).toEqual({ shape: [128], initialization: "zeros" });
  });

  it.each([
    ["llama", undefined, "lm_head.weight"],
    ["qwen2", undefined, "lm_head.weight"],
    ["gemma", undefined, "model.embed_tokens.weight"],
    ["llama", true, "model.embed_tokens.weight"],
    ["qwen2", true, "model.embed_tokens.weight"],
    ["gemma", false, "lm_head.weight"],
  ] as const)("of %s with tie_word_embeddings %s has its head in %s", (family, tied, head) => {
    const decoder = openDecoder(modelConfig(nameOf[family], { tie_word_embeddings: tied }));
    expect(decoder.head).toBe(head);
    expect(decoder.parameters.has("lm_head.weight")).toBe(head === "lm_head.weight");
  });

  it.each<[family: keyof typeof nameOf, changes: Record<string, unknown>]>([
    ["qwen2", { sliding_window: null }],
    ["qwen2", { use_sliding_window: true, sliding_window: null }],
    ["qwen2", { use_sliding_window: true, max_window_layers: 24 }],
    [
      "qwen2",
      { use_sliding_window: true, max_window_layers: 0, layer_types: Array(24).fill("full_attention") },
    ],
    ["gemma", { hidden_act: "gelu", hidden_activation: null }],
    ["gemma", { hidden_act: "gelu_pytorch_tanh", hidden_activation: "gelu_pytorch_tanh" }],
    ["gemma", { hidden_act: undefined, head_dim: undefined }],
    ["gemma", { use_bidirectional_attention: null }],
    ["llama", { attention_dropout: undefined, quantization_config: null, rope_scaling: null }],
    ["llama", { rope_scaling: { type: "default" } }],
    ["llama", { pretraining_tp: 2 }],
  ])("of %s means the same with %o", (family, changes) => {
    expect(withoutConfig(openDecoder(modelConfig(nameOf[family], changes)))).toEqual(
      withoutConfig(openDecoder(modelConfig(nameOf[family]))),
    );
  });

  it.each<[family: keyof typeof nameOf, changes: Record<string, unknown>, message: string]>([
    [
      "llama",
      { model_type: "mamba" },
      'model_type "mamba" is not supported (supported: llama, qwen2, gemma)',
    ],
    ["llama", { model_type: undefined }, '"model_type" is missing, expected a string'],
    ["llama", { hidden_act: "gelu" }, 'hidden_act is "gelu", and the activation must be "silu"'],
    ["qwen2", { hidden_act: "relu" }, 'hidden_act is "relu", and the activation must be "silu"'],
    ["gemma", { hidden_act: "silu" }, 'hidden_act is "silu", and the activation must be "gelu_pytorch_tanh"'],
    [
      "gemma",
      { hidden_activation: "gelu" },
      'hidden_activation is "gelu", and the activation must be "gelu_pytorch_tanh"',
    ],
    ["gemma", { use_bidirectional_attention: true }, "use_bidirectional_attention is true"],
    ["llama", { attention_dropout: 0.1 }, "attention_dropout is 0.1, and dropout in attention must be 0"],
    [
      "llama",
      { quantization_config: { quant_method: "gptq" } },
      'the weights are quantized (quant_method "gptq")',
    ],
    [
      "qwen2",
      { use_sliding_window: true, max_window_layers: 21 },
      "attention within 131072 tokens (sliding_window) in layers 21 to 23",
    ],
    [
      "qwen2",
      { layer_types: ["full_attention", "sliding_attention"] },
      'layer_types has "sliding_attention"',
    ],
    [
      "llama",
      { rope_scaling: { type: "dynamic", factor: 2 } },
      'rope_type "dynamic" is not supported (supported: "default", "linear", "llama3")',
    ],
    [
      "qwen2",
      { rope_parameters: { rope_type: "yarn", factor: 4, rope_theta: 1e6 } },
      'rope_type "yarn" is not supported',
    ],
    [
      "llama",
      { rope_scaling: { rope_type: "llama3", factor: 2 } },
      '"low_freq_factor" is missing, expected a number above 0',
    ],
    [
      "llama",
      { rope_parameters: { full_attention: { rope_theta: 1e4 } } },
      "rotary positions that differ between layers are not supported",
    ],
    ["llama", { partial_rotary_factor: 0.5 }, "partial_rotary_factor is 0.5"],
    [
      "llama",
      { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.25 } },
      "partial_rotary_factor is 0.25",
    ],
    ["llama", { rope_theta: -1 }, '"rope_theta" must be a number above 0, found -1'],
    [
      "llama",
      { num_attention_heads: 24 },
      "hidden_size (4096) must be a multiple of num_attention_heads (24)",
    ],
    [
      "llama",
      { num_key_value_heads: 5 },
      "num_attention_heads (32) must be a multiple of num_key_value_heads (5)",
    ],
    ["gemma", { head_dim: 15 }, "the head size (15) must be even for rotary positions"],
    ["qwen2", { num_hidden_layers: "24" }, '"num_hidden_layers" must be an integer above 0, found "24"'],
    ["llama", { num_hidden_layers: 1e9 }, "num_hidden_layers is 1000000000, and at most 1000 is possible"],
    ["gemma", { head_dim: 1e15 }, "head_dim is 1000000000000000, and at most 16777216 is possible"],
    ["qwen2", { vocab_size: 0 }, '"vocab_size" must be an integer above 0, found 0'],
    ["llama", { rms_norm_eps: 0 }, '"rms_norm_eps" must be a number above 0, found 0'],
    ["llama", { tie_word_embeddings: "yes" }, '"tie_word_embeddings" must be true or false, found "yes"'],
  ])("of %s with %o is refused", (family, changes, message) => {
    const open = () => openDecoder(modelConfig(nameOf[family], changes));
    expect(open).toThrow(expect.objectContaining({ reason: "bad-model" }));
    expect(open).toThrow(message);
    expect(open).toThrow(/config\.json: /);
  });

  it("of transformers' other spelling of the rope's scaling is understood", () => {
    const scaling = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const spelled = openDecoder(
      modelConfig("llama-3.1-8b-instruct", { rope_scaling: { ...scaling, type: "llama3" } }),
    );
    expect(withoutConfig(spelled)).toEqual(withoutConfig(openDecoder(modelConfig("llama-3.1-8b-instruct"))));
  });

  it("that is no config is refused", () => {
    expect(() => openDecoder(new ConfigReader({}, "x"))).toThrow(
      'x: "model_type" is missing, expected a string.',
    );
    expect(() => openDecoder(new ConfigReader({ model_type: "toString" }, "x"))).toThrow("is not supported");
  });
});
