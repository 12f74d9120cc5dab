import { absent, derived, type Key, positiveInteger, positiveNumber, value } from "./key";

/** Bytes and the special tokens: the least that a byte-level tokenizer needs. */
const SMALLEST_VOCABULARY = 260;

const scratch: Key = {
  name: "scratch",
  doc: "A model with random weights, to be trained from nothing. Its tokenizer is trained on the training data, unless `tokenizer` names one.",
  example: "scratch llama layers=4 width=256 heads=4 vocab=8k",
  since: 1,
  exclusive: { group: "weights", others: "null" },
  form: {
    kind: "variants",
    default: null,
    variants: [
      {
        word: "llama",
        doc: "Decoder-only transformer with RMSNorm, rotary positions, grouped-query attention and a gated MLP.",
        properties: [
          {
            name: "layers",
            type: positiveInteger(),
            default: value(4),
            doc: "Number of transformer layers.",
          },
          { name: "width", type: positiveInteger(), default: value(256), doc: "Size of the hidden state." },
          {
            name: "heads",
            type: positiveInteger(),
            default: value(4),
            doc: "Attention heads; they share `width` evenly.",
          },
          {
            name: "kv-heads",
            type: positiveInteger(),
            default: derived("as `heads`", (read) => read("scratch.heads")),
            doc: "Heads of keys and values; each serves heads / kv-heads query heads.",
          },
          {
            name: "hidden",
            type: positiveInteger(),
            default: derived("8/3 of `width`, rounded up to a multiple of 32", (read) => {
              return Math.ceil((Number(read("scratch.width")) * 8) / 3 / 32) * 32;
            }),
            doc: "Inner size of the gated MLP.",
          },
          {
            name: "vocab",
            type: { kind: "integer", min: SMALLEST_VOCABULARY },
            default: value(8000),
            doc: "Tokens in the vocabulary, special tokens included.",
          },
          {
            name: "tied-head",
            type: { kind: "boolean" },
            default: value(true),
            doc: "Whether the output layer is the embedding.",
          },
          {
            name: "rope-theta",
            type: positiveNumber,
            default: value(10_000),
            doc: "Base of the rotary positions' wavelengths.",
          },
        ],
      },
    ],
  },
};

/** Keys of `model NAME { }`. */
export const modelKeys: readonly Key[] = [
  {
    name: "path",
    doc: "Folder of a model in the Hugging Face format: config.json, safetensors weights, tokenizer.json.",
    example: 'path "models/qwen-0.5b"',
    since: 1,
    exclusive: { group: "weights", others: "null" },
    form: {
      kind: "value",
      value: {
        name: "path",
        type: { kind: "path", of: "folder" },
        default: absent,
        doc: "Folder of the model.",
      },
    },
  },
  scratch,
  {
    name: "tokenizer",
    doc: "The tokenizer.json to use instead of the model's own, or instead of training one.",
    example: 'tokenizer "models/tokenizer.json"',
    since: 1,
    form: {
      kind: "value",
      value: {
        name: "tokenizer",
        type: { kind: "path", of: "file" },
        default: absent,
        doc: "Path of a tokenizer.json.",
      },
    },
  },
];
