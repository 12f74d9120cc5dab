/**
 * Conversations as the real transformers renders, encodes and masks them. Its mask comes from {% generation %} blocks; ours must be
 * the same both from those blocks and from the template without them.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatasetFormat } from "../../../contracts/plan";
import { ChatTemplate, type Message, renderingOf } from "../../../training-host/data/chat-template";
import { encodeExample } from "../../../training-host/data/encode-example";
import { rowPieces } from "../../../training-host/data/formats/row-pieces";
import { chatmlTemplate } from "../../../training-host/data/templates/chatml";
import { vicunaTemplate } from "../../../training-host/data/templates/vicuna";
import { loadTokenizer, type Tokenizer } from "../../../training-host/data/tokenizer";

type Result = { rendered: string; prompt: string; ids: number[]; mask: number[] } | { error: string };

interface Case {
  name: string;
  tokenizer: "qwen2" | "llama3" | "gemma" | "prepending" | "metaspace";
  template: string;
  /** What to put blocks around: each of these in the template becomes the other. */
  blocks: readonly (readonly [string, string])[];
}

const fixtures = path.resolve(import.meta.dirname, "../../fixtures/reference/tokenizer");
const chat: DatasetFormat = { kind: "chat", messages: "messages", role: "role", text: "content" };

const generated = (expression: string) => `{% generation %}{{ ${expression} }}{% endgeneration %}`;

/** Llama 2's, without its system turn. */
const inst =
  "{% for message in messages %}{% if message['role'] == 'user' %}" +
  "{{ bos_token + '[INST] ' + message['content'] | trim + ' [/INST]' }}" +
  "{% elif message['role'] == 'assistant' %}{{ ' '  + message['content'] | trim + ' ' + eos_token }}" +
  "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}";

const zephyr =
  "{% for message in messages %}\n{% if message['role'] == 'user' %}\n" +
  "{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n" +
  "{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n" +
  "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n" +
  "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}";

/** Leaves the thoughts out of all answers but the last. */
const thinking =
  "{%- for message in messages -%}{%- set content = message.content -%}" +
  "{%- if message.role == 'assistant' and '</think>' in content and not loop.last -%}" +
  "{%- set content = content.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}" +
  "{{ '<|im_start|>' + message.role + '\\n' }}{%- if message.role == 'assistant' -%}" +
  "{{ content + '<|im_end|>' }}{{ '\\n' }}{%- else -%}{{ content + '<|im_end|>\\n' }}{%- endif -%}{%- endfor -%}" +
  "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}";

function sourceOf(name: string): string {
  const file = path.join(fixtures, name, "tokenizer_config.json");
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { chat_template: string }).chat_template;
}

const cases: Case[] = [
  {
    ...{ name: "Qwen2's", tokenizer: "qwen2", template: sourceOf("qwen2") },
    blocks: [
      [
        "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}",
        `{{'<|im_start|>' + message['role'] + '\n'}}{% if message['role'] == 'assistant' %}${generated("message['content'] + '<|im_end|>'")}` +
          "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\n' }}",
      ],
    ],
  },
  {
    ...{ name: "Llama 3's", tokenizer: "llama3", template: sourceOf("llama3") },
    blocks: [
      ["+ message['content'] | trim + '<|eot_id|>' %}", "%}"],
      [
        "{{ content }}",
        `{{ content }}{% set said = message['content'] | trim + '<|eot_id|>' %}{% if message['role'] == 'assistant' %}${generated("said")}{% else %}{{ said }}{% endif %}`,
      ],
    ],
  },
  {
    ...{ name: "Gemma's", tokenizer: "gemma", template: sourceOf("gemma") },
    blocks: [
      [
        "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}",
        `{{ '<start_of_turn>' + role + '\n' }}{% if role == 'model' %}${generated("message['content'] | trim + '<end_of_turn>'")}` +
          "{% else %}{{ message['content'] | trim + '<end_of_turn>' }}{% endif %}{{ '\n' }}",
      ],
    ],
  },
  {
    ...{ name: "ChatML", tokenizer: "qwen2", template: chatmlTemplate },
    blocks: [
      [
        "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}",
        `{{ '<|im_start|>' + message.role + '\\n' }}{%- if message.role == 'assistant' -%}${generated("message.content + '<|im_end|>'")}` +
          "{%- else -%}{{ message.content + '<|im_end|>' }}{%- endif -%}{{ '\\n' }}",
      ],
    ],
  },
  ...(["llama3", "gemma", "prepending", "metaspace"] as const).map(
    (tokenizer): Case => ({
      ...{ name: "Vicuna", tokenizer, template: vicunaTemplate },
      blocks: [
        [
          "{{ 'ASSISTANT: ' + message.content + eos_token }}",
          `{{ 'ASSISTANT:' }}${generated("' ' + message.content + eos_token")}`,
        ],
      ],
    }),
  ),
  ...(["llama3", "prepending", "metaspace"] as const).map(
    (tokenizer): Case => ({
      ...{ name: "Llama 2's", tokenizer, template: inst },
      blocks: [
        [
          "{{ ' '  + message['content'] | trim + ' ' + eos_token }}",
          generated("' '  + message['content'] | trim + ' ' + eos_token"),
        ],
      ],
    }),
  ),
  {
    ...{ name: "Zephyr's", tokenizer: "gemma", template: zephyr },
    blocks: [
      [
        "{{ '<|assistant|>\n'  + message['content'] + eos_token }}",
        `{{ '<|assistant|>\n' }}${generated("message['content'] + eos_token")}{{ '' }}`,
      ],
    ],
  },
  {
    ...{ name: "one that forgets thoughts", tokenizer: "qwen2", template: thinking },
    blocks: [
      ["{{ content + '<|im_end|>' }}{{ '\\n' }}", `${generated("content + '<|im_end|>'")}{{ '\\n' }}`],
    ],
  },
];

const spaces = { type: "Replace", pattern: { String: " " }, content: "\u2581" };

/** Llama 2's tokenizer and its kind put a space before a text: in older files before every part between special tokens. */
function variantOfGemma(name: string, changes: object): string {
  const target = path.join(folder, name);
  fs.cpSync(path.join(fixtures, "gemma"), target, { recursive: true });
  const file = path.join(target, "tokenizer.json");
  const definition = JSON.parse(fs.readFileSync(file, "utf8")) as object;
  fs.writeFileSync(file, JSON.stringify({ ...definition, ...changes }));
  const config = path.join(target, "tokenizer_config.json");
  const settings = JSON.parse(fs.readFileSync(config, "utf8")) as object;
  fs.writeFileSync(config, JSON.stringify({ ...settings, tokenizer_class: "PreTrainedTokenizerFast" }));
  return target;
}

function withBlocks({ template, blocks, name }: Case): string {
  return blocks.reduce((source, [from, to]) => {
    if (!source.includes(from)) throw new Error(`${name} has no ${from}`);
    return source.replace(from, () => to);
  }, template);
}

const words = fc.oneof(
  fc.string({ unit: "grapheme-composite", maxLength: 16 }),
  fc.constantFrom(
    "it's",
    " 12 345 ",
    "\n\n",
    "naïve — 東京",
    "ASSISTANT:",
    "<|im_end|>",
    "\t",
    "</think>",
    "a\n b",
    "<s>",
  ),
);
const said = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(" "));
const turns = fc.tuple(
  fc.option(said, { freq: 1 }),
  fc.array(fc.tuple(said, said), { minLength: 1, maxLength: 4 }),
);

/** Ends with an answer, as rows do once what follows the last one is left out. */
const conversations: Message[][] = fc.sample(turns, { numRuns: 120, seed: 5 }).map(([system, pairs]) => [
  ...(system === null ? [] : [{ role: "system", content: system }]),
  ...pairs.flatMap(([user, assistant]) => [
    { role: "user", content: user },
    { role: "assistant", content: assistant },
  ]),
]);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "chat-templates-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let results: Result[][] = [];
const tokenizers = new Map<string, Tokenizer>();

beforeAll(async () => {
  const folders = {
    ...Object.fromEntries(["qwen2", "llama3", "gemma"].map((name) => [name, path.join(fixtures, name)])),
    prepending: variantOfGemma("prepending", {
      normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "\u2581" }, spaces] },
      pre_tokenizer: null,
    }),
    metaspace: variantOfGemma("metaspace", {
      normalizer: null,
      pre_tokenizer: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "first", split: false },
    }),
  };
  for (const [name, place] of Object.entries(folders)) tokenizers.set(name, await loadTokenizer(place));
  const [input, output] = [path.join(folder, "input.json"), path.join(folder, "output.json")];
  const given = {
    tokenizers: folders,
    cases: cases.map((one) => ({ ...one, marked: withBlocks(one) })),
    conversations,
  };
  fs.writeFileSync(input, JSON.stringify(given));
  const script = path.join(import.meta.dirname, "chat_templates.py");
  const python = process.env.MOS_PYTHON ?? "python3";
  const { status, stdout, stderr } = spawnSync(python, [script, input, output], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  console.log(stdout.trim());
  results = JSON.parse(fs.readFileSync(output, "utf8")) as Result[][];
}, 300_000);

describe.each(cases.map((one, index) => ({ ...one, index })))(
  "$name with the tokenizer of $tokenizer",
  (one) => {
    const tokenizer = () => tokenizers.get(one.tokenizer)!;

    it("renders the same texts, and refuses the same conversations", () => {
      const template = new ChatTemplate(one.template, tokenizer().specialTokens);
      let rendered = 0;
      for (const [index, messages] of conversations.entries()) {
        const expected = results[one.index]![index]!;
        if ("error" in expected) {
          expect(() => template.render(messages, false)).toThrow(expected.error);
          continue;
        }
        rendered++;
        expect(template.render(messages, false)).toBe(expected.rendered);
        expect(template.render(messages, true)).toBe(expected.prompt);
      }
      expect(rendered).toBeGreaterThan(40);
    });

    it.each(["from the template itself", "from generation blocks"])(
      "gives the same ids and mask, %s",
      (way) => {
        const rendering = renderingOf(tokenizer(), way.endsWith("itself") ? one.template : withBlocks(one));
        for (const [index, messages] of conversations.entries()) {
          const expected = results[one.index]![index]!;
          if ("error" in expected) continue;
          const row = { value: { messages }, place: `conversation ${index}` } as never;
          const { example } = encodeExample(rowPieces(chat, row, rendering), tokenizer(), 1_000_000);
          expect([...example.ids]).toEqual(expected.ids);
          expect([...example.learned], JSON.stringify(messages)).toEqual(expected.mask);
        }
      },
    );
  },
);
