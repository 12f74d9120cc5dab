import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatasetFormat } from "../../../../contracts/plan";
import type { UserError } from "../../../../contracts/user-error";
import { type Message, type Rendering, renderingOf } from "../../../../training-host/data/chat-template";
import { encodeExample } from "../../../../training-host/data/encode-example";
import type { Piece } from "../../../../training-host/data/formats/piece";
import { rowPieces } from "../../../../training-host/data/formats/row-pieces";
import { chatmlTemplate } from "../../../../training-host/data/templates/chatml";
import { vicunaTemplate } from "../../../../training-host/data/templates/vicuna";
import { loadTokenizer, type Tokenizer } from "../../../../training-host/data/tokenizer";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");
const chat: DatasetFormat = { kind: "chat", messages: "messages", role: "role", text: "content" };

const tokenizers = {
  qwen2: await loadTokenizer(path.join(fixtures, "qwen2")),
  llama3: await loadTokenizer(path.join(fixtures, "llama3")),
  gemma: await loadTokenizer(path.join(fixtures, "gemma")),
};

/** What `{% generation %}` blocks make of ChatML: the same tokens are learned. */
const generationTemplate =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}" +
  "{% if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}" +
  "{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}";

/** Llama 2's way: no generation prompt, the answer follows `[/INST]` after a space. */
const instTemplate =
  "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + m.content | trim + ' [/INST]' }}" +
  "{% else %}{{ ' ' + m.content | trim + ' ' + eos_token }}{% endif %}{% endfor %}";

interface Case {
  name: string;
  tokenizer: Tokenizer;
  /** null: the tokenizer's own. */
  source: string | null;
  /** What is learned of an answer. */
  learned: (answer: string) => string;
}

const cases: Case[] = [
  { name: "qwen2", tokenizer: tokenizers.qwen2, source: null, learned: (answer) => `${answer}<|im_end|>` },
  {
    name: "llama3",
    tokenizer: tokenizers.llama3,
    source: null,
    learned: (answer) => `${answer.trim()}<|eot_id|>`,
  },
  {
    name: "gemma",
    tokenizer: tokenizers.gemma,
    source: null,
    learned: (answer) => `${answer.trim()}<end_of_turn>`,
  },
  {
    name: "chatml",
    tokenizer: tokenizers.qwen2,
    source: chatmlTemplate,
    learned: (answer) => `${answer}<|im_end|>`,
  },
  {
    name: "vicuna",
    tokenizer: tokenizers.llama3,
    source: vicunaTemplate,
    learned: (answer) => ` ${answer}<|end_of_text|>`,
  },
  {
    name: "vicuna",
    tokenizer: tokenizers.gemma,
    source: vicunaTemplate,
    learned: (answer) => ` ${answer}<eos>`,
  },
  {
    name: "generation",
    tokenizer: tokenizers.qwen2,
    source: generationTemplate,
    learned: (answer) => `${answer}<|im_end|>`,
  },
  {
    name: "inst",
    tokenizer: tokenizers.llama3,
    source: instTemplate,
    learned: (answer) => ` ${answer.trim()} <|end_of_text|>`,
  },
];

function renderingWith({ tokenizer, source }: Pick<Case, "tokenizer" | "source">): Rendering {
  return renderingOf(tokenizer, source ?? tokenizer.chatTemplate);
}

function piecesOf(messages: readonly object[], rendering: Rendering): Piece[] {
  return rowPieces(chat, { value: { messages }, place: "d.jsonl:7" } as never, rendering);
}

/** The texts of neighbouring learned tokens. */
function learnedTexts(pieces: readonly Piece[], tokenizer: Tokenizer): string[] {
  const { example } = encodeExample(pieces, tokenizer, 100_000);
  const runs: number[][] = [];
  example.learned.forEach((learned, index) => {
    if (learned === 0) return;
    if (example.learned[index - 1] !== 1) runs.push([]);
    runs.at(-1)!.push(example.ids[index]!);
  });
  return runs.map((ids) => tokenizer.decode(ids));
}

const words = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom(
    "it's",
    " 12 345 ",
    "\n\n",
    "naïve — 東京",
    "ASSISTANT:",
    "<|im_end|>",
    "\t",
    "e\u0301",
    "A:\n",
  ),
);
const said = fc.array(words, { maxLength: 5 }).map((parts) => parts.join(" "));
const conversation = fc.tuple(fc.array(fc.tuple(said, said), { minLength: 1, maxLength: 4 }), said);

function messagesOf(pairs: readonly (readonly [string, string])[]): Message[] {
  return pairs.flatMap(([question, answer]) => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]);
}

describe.each(cases)("the template of $name", (one) => {
  const { tokenizer, learned } = one;
  const rendering = renderingWith(one);

  test("gives the ids of the whole text, and every answer with its end is learned, and nothing else", () => {
    fc.assert(
      fc.property(conversation, ([pairs, last]) => {
        const messages = messagesOf(pairs);
        const pieces = piecesOf([...messages, { role: "user", content: last }], rendering);
        const { example } = encodeExample(pieces, tokenizer, 100_000);
        const whole = rendering.template!.render(messages, false);
        expect([...example.ids]).toEqual(tokenizer.encode(whole));
        const runs = learnedTexts(pieces, tokenizer);
        const expected = pairs.map(([, answer]) => learned(answer).normalize("NFC"));
        expect(runs.length).toBe(expected.length);
        for (const [index, found] of runs.entries()) {
          const run = found.normalize("NFC");
          expect(run.endsWith(expected[index]!), JSON.stringify([run, expected[index]])).toBe(true);
          // A token that reaches over from the prompt into the answer is learned: only blanks are put together so.
          const more = run.length > expected[index]!.length;
          if (more) expect(expected[index]).toMatch(/^\s/);
        }
      }),
      { numRuns: 150 },
    );
  });
});

test("at the border of prompt and answer, the tokens of both templates' parts are those of the whole", () => {
  // What the model is given when it is asked ends where learning begins.
  for (const one of cases.filter(({ source }) => source === null)) {
    const rendering = renderingWith(one);
    fc.assert(
      fc.property(said, said, (question, answer) => {
        if (/^\s/.test(answer)) return;
        const messages = messagesOf([[question, answer]]);
        const prompt = one.tokenizer.encode(rendering.template!.render(messages.slice(0, 1), true));
        const { example } = encodeExample(piecesOf(messages, rendering), one.tokenizer, 100_000);
        expect([...example.ids.slice(0, prompt.length)]).toEqual(prompt);
        expect(example.learned.indexOf(1)).toBe(prompt.length);
      }),
      { numRuns: 100 },
    );
  }
});

describe("templates that do more than append", () => {
  const end = {
    chatTemplate: null,
    specialTokens: new Map([["eos_token", "<|im_end|>"]]),
    specialTexts: ["<|im_end|>"],
  };
  const marked = (source: string, messages: readonly object[]) =>
    piecesOf(messages, renderingOf(end, source))
      .map((piece) => ("text" in piece ? (piece.learned ? `[${piece.text}]` : piece.text) : ""))
      .join("");
  const twice = messagesOf([
    ["Hi", "<think>\nhm\n</think>\n\nHo"],
    ["Bye", "<think>\nwell\n</think>\n\nBye!"],
  ]);
  const start = "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}";

  test("thoughts that a template leaves out of earlier turns are not learned there", () => {
    const source =
      "{% for m in messages %}{% set c = m.content %}" +
      "{% if '</think>' in c and not loop.last %}{% set c = c.split('</think>')[-1].lstrip('\n') %}{% endif %}" +
      `{{ m.role + ':' + c + '<|im_end|>\n' }}{% endfor %}${start}`;
    expect(marked(source, twice)).toBe(
      "user:Hi<|im_end|>\nassistant:[Ho<|im_end|>]\nuser:Bye<|im_end|>\n" +
        "assistant:[<think>\nwell\n</think>\n\nBye!<|im_end|>]\n",
    );
  });

  test("what a template writes before the last answer by itself is learned: the model has to write it, too", () => {
    const source =
      "{% for m in messages %}{{ m.role + ':' }}" +
      "{% if m.role == 'assistant' and loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}" +
      `{{ m.content + '<|im_end|>\n' }}{% endfor %}${start}`;
    expect(marked(source, messagesOf([["Hi", "Ho"]]))).toBe(
      "user:Hi<|im_end|>\nassistant:[<think>\n\n</think>\n\nHo<|im_end|>]\n",
    );
  });

  test("a turn that is written differently once more turns follow is refused, with its number", () => {
    const source =
      "{% for m in messages %}{{ m.role + ':' + ('...' if m.role == 'assistant' and not loop.last else m.content) + '<|im_end|>' }}{% endfor %}" +
      start;
    const failure = () => {
      try {
        return marked(source, twice);
      } catch (error) {
        return `${(error as UserError).reason} | ${(error as Error).message} | ${(error as UserError).advice}`;
      }
    };
    expect(failure()).toMatch(
      /^bad-row \| d\.jsonl:7: the chat template writes turn 2 \(assistant\) differently when the conversation goes on, .* \| .*generation/,
    );
    // One answer at the end is no riddle.
    expect(marked(source, messagesOf([["Hi", "Ho"]]))).toBe("user:Hi<|im_end|>assistant:[Ho<|im_end|>]");
  });

  test("a template that asks with more than it writes is refused, with what it asks with", () => {
    const source =
      "{% for m in messages %}{{ m.role + ':' + m.content + '<|im_end|>' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ 'assistant:<think>' }}{% endif %}";
    expect(() => marked(source, messagesOf([["Hi", "Ho"]]))).toThrow(
      'd.jsonl:7: the chat template asks for an answer with ..."user:Hi<|im_end|>assistant:<think>" but writes turn 2 (assistant) after something else',
    );
  });

  test("without a token at the end of a turn, the whole turn is learned", () => {
    const source = `{% for m in messages %}{{ m.role + ':' + m.content + '\n' }}{% endfor %}${start}`;
    expect(
      marked(
        source,
        messagesOf([
          ["Hi", "Ho"],
          ["Bye", "Bye!"],
        ]),
      ),
    ).toBe("user:Hi\nassistant:[Ho\n]user:Bye\nassistant:[Bye!\n]");
  });

  test("a token that only begins the next turn is not taken for the end of one", () => {
    const beginning = { ...end, specialTexts: ["<|user|>", "<|assistant|>"] };
    const source =
      "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
    const pieces = piecesOf(
      messagesOf([
        ["Hi", "Ho"],
        ["Bye", "Bye!"],
      ]),
      renderingOf(beginning, source),
    );
    expect(pieces.map((piece) => ("text" in piece ? piece.text : ""))).toEqual([
      "<|user|>Hi<|assistant|>",
      "Ho",
      "<|user|>Bye<|assistant|>",
      "Bye!",
    ]);
  });

  test("generation blocks work in macros and in loops with `break`, with blanks trimmed as told", () => {
    const source =
      "{%- macro turn(m) -%}{{ m.role }}: {% if m.role == 'assistant' -%}\n" +
      "  {%- generation -%}\n  {{ m.content }}<|im_end|>\n  {%- endgeneration -%}\n" +
      "{%- else -%}{{ m.content }}{%- endif -%}{%- endmacro -%}\n" +
      "{%- for m in messages -%}{%- if loop.index > 4 -%}{% break %}{%- endif -%}{{ turn(m) }}|{%- endfor -%}";
    expect(
      marked(
        source,
        messagesOf([
          ["Hi", "Ho"],
          ["Bye", "Bye!"],
          ["More", "No"],
        ]),
      ),
    ).toBe("user: Hi|assistant: [Ho<|im_end|>]|user: Bye|assistant: [Bye!<|im_end|>]|");
  });

  test("the conversation may have the characters that mark places", () => {
    const odd = "\ufdd0\ufdd1\ufdd2 a";
    expect(marked(chatmlTemplate, messagesOf([[odd, odd]]))).toBe(
      `<|im_start|>user\n${odd}<|im_end|>\n<|im_start|>assistant\n[${odd}<|im_end|>]\n`,
    );
    expect(marked(generationTemplate, messagesOf([[odd, odd]]))).toBe(
      `<|im_start|>user\n${odd}<|im_end|>\n<|im_start|>assistant\n[${odd}<|im_end|>]\n`,
    );
    const all = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index)).join("");
    expect(marked(chatmlTemplate, messagesOf([["Hi", all]]))).toContain(`assistant\n[${all}<|im_end|>]`);
    expect(() => marked(generationTemplate, messagesOf([["Hi", all]]))).toThrow(
      "d.jsonl:7: the chat template refuses this conversation: a turn has all of Unicode's noncharacters.",
    );
  });
});
