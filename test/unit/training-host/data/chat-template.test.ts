import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatasetFormat, TemplateConfig } from "../../../../contracts/plan";
import { UserError } from "../../../../contracts/user-error";
import {
  ChatTemplate,
  type Message,
  renderingFor,
  templateSource,
} from "../../../../training-host/data/chat-template";
import { encodeExample } from "../../../../training-host/data/encode-example";
import { rowPieces } from "../../../../training-host/data/formats/row-pieces";
import { pythonStrip } from "../../../../training-host/data/python-strip";
import { loadTokenizer } from "../../../../training-host/data/tokenizer";
import { temporaryFolder, write } from "./temporary-folder";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");
const qwen2 = await loadTokenizer(path.join(fixtures, "qwen2"));
const llama3 = await loadTokenizer(path.join(fixtures, "llama3"));
const noTemplate = {
  ...llama3,
  chatTemplate: null,
  specialTokens: llama3.specialTokens,
  specialTexts: llama3.specialTexts,
};
const chat: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Ho" },
  { role: "user", content: "Bye" },
];

async function written(template: TemplateConfig, tokenizer = llama3, messages = chat): Promise<string> {
  const rendering = await renderingFor(tokenizer, template, "");
  return rendering.template!.render(messages, true);
}

async function failure(template: TemplateConfig, folder = ""): Promise<string> {
  try {
    await renderingFor(llama3, template, folder);
    return "none";
  } catch (error) {
    return `${(error as UserError).reason}: ${(error as Error).message.replaceAll(folder || "\0", "DIR")}`;
  }
}

describe("the templates that a plan can name", () => {
  test("none, and the tokenizer's own, which may be none", async () => {
    expect((await renderingFor(llama3, { kind: "none" }, "")).template).toBeNull();
    expect((await renderingFor(noTemplate, { kind: "own" }, "")).template).toBeNull();
    expect(await templateSource(llama3, { kind: "own" }, "")).toBe(llama3.chatTemplate);
  });

  test("Vicuna's is FastChat's, with the tokenizer's own end of text", async () => {
    expect(await written({ kind: "vicuna" })).toBe(
      "<|begin_of_text|>Be brief. USER: Hi ASSISTANT: Ho<|end_of_text|>USER: Bye ASSISTANT:",
    );
    expect(await written({ kind: "vicuna" }, qwen2, chat.slice(1, 2))).toBe(
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, " +
        "and polite answers to the user's questions. USER: Hi ASSISTANT:",
    );
    const tool = [...chat, { role: "tool", content: "x" }];
    await expect(written({ kind: "vicuna" }, llama3, tool)).rejects.toThrow(
      "Vicuna knows no turn of the role tool",
    );
  });

  test("ChatML needs its tokens", async () => {
    expect(await written({ kind: "chatml" }, qwen2)).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n" +
        "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
    );
    expect(await failure({ kind: "chatml" })).toBe(
      "bad-template: The template chatml cannot be used: the model's tokenizer has no special token <|im_start|>.",
    );
  });

  test("a file's, which is there, of a sane size, and Jinja", async () => {
    const folder = temporaryFolder();
    write(folder, "own.jinja", "{% for m in messages %}{{ m.content }}|{% endfor %}");
    const rendering = await renderingFor(llama3, { kind: "file", path: "own.jinja" }, folder);
    expect(rendering.template!.render(chat, false)).toBe("Be brief.|Hi|Ho|Bye|");
    const file = (name: string): TemplateConfig => ({ kind: "file", path: name });
    expect(await failure(file("none.jinja"), folder)).toBe(
      `file-missing: The chat template none.jinja does not exist; it was looked for at ${path.join("DIR", "none.jinja")}.`,
    );
    expect(await failure(file("."), folder)).toBe("bad-template: The chat template . is not a file.");
    write(folder, "large.jinja", "x".repeat(300_000));
    expect(await failure(file("large.jinja"), folder)).toMatch(/^bad-template: .* has 300000 bytes/);
    write(folder, "latin1.jinja", Buffer.from([0x61, 0xe4, 0x62]));
    expect(await failure(file("latin1.jinja"), folder)).toBe(
      "file-unreadable: The chat template latin1.jinja cannot be read: it is not UTF-8.",
    );
    write(folder, "bad.jinja", "{% for m in messages %}");
    expect(await failure(file("bad.jinja"), folder)).toMatch(
      /^bad-template: The chat template cannot be read: /,
    );
  });
});

describe("Jinja as transformers has it", () => {
  const render = (source: string, messages = chat) =>
    new ChatTemplate(source, new Map()).render(messages, false);

  test.each([
    ["{{ tools is none }} {{ documents is none }}", "true true"],
    [
      "{{ ' aba '.strip() }}|{{ 'xxabaxx'.strip('x') }}|{{ '\n\na\n'.lstrip('\n') }}|{{ 'ab'.rstrip('ab') }}",
      "aba|aba|a\n|",
    ],
    ["{{ none | string }}{{ true | string }}{{ x | string }}", "NoneTrue"],
    // What a round of a loop sets is gone in the next one.
    [
      "{% for m in messages %}{% if loop.first %}{% set x = 1 %}{% endif %}{{ 'y' if x is defined else 'n' }}{% endfor %}",
      "ynnn",
    ],
    [
      "{% for m in messages %}{% if m.role == 'user' %}{% continue %}{% endif %}{{ m.content }}{% endfor %}",
      "Be brief.Ho",
    ],
    ["{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(4, 0, -2) %}{{ i }}{% endfor %}", "01242"],
    [
      "{{ messages[0]['content'] }}{{ 'abc'[1] }}{{ 'abc'[1:] }}{{ 'abc'['no'] is defined }}",
      "Be brief.bbcfalse",
    ],
    [
      "{{ ['a', 'b'] | join('-') }}{{ 'a.b' | replace('.', '!') }}{{ 'a.b'.split('.')[1] }}{{ 'ab'['upper']() }}",
      "a-ba!bbAB",
    ],
    ["{{ {'a': [1, none]} | tojson }}{{ {'a': 1} | tojson(indent=2) }}", '{"a": [1, null]}{\n  "a": 1\n}'],
    ["{% filter upper %}a{{ messages[1].content }}{% endfilter %}", "AHI"],
    ["{{ [] | first }}{{ strftime_now('%d %b %Y') }}", "26 Jul 2024"],
    [
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
      "4",
    ],
    ["{% generation %}a{% endgeneration %}{%- generation %}\nb{% endgeneration -%} c", "abc"],
  ])("%s", (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  test("blanks are Python's", () => {
    const blanks = fc.constantFrom(" ", "\n", "\x1c", "\x85", "\ufeff", "\u3000", "a", "\u{1f600}");
    fc.assert(
      fc.property(fc.array(blanks), (parts) => {
        const text = parts.join("");
        const all = pythonStrip(text, "strip", null);
        expect(pythonStrip(pythonStrip(text, "lstrip", null), "rstrip", null)).toBe(all);
        expect(text).toContain(all);
        if (all !== "")
          for (const end of [[...all][0]!, [...all].at(-1)!]) expect("\ufeffa\u{1f600}").toContain(end);
      }),
    );
    expect(pythonStrip("\u{1f600}a\u{1f600}", "strip", "\u{1f600}")).toBe("a");
  });

  test("a turn's other members are there, and what has no text is none", () => {
    const calls: Message = {
      role: "assistant",
      content: "",
      members: { content: null, tool_calls: [{ id: 7 }] },
    };
    expect(render("{{ messages[0].content is none }}{{ messages[0].tool_calls[0].id }}", [calls])).toBe(
      "true7",
    );
  });
});

describe("what a template can tell", () => {
  test("how it asks for an answer", () => {
    const asks = (source: string) => new ChatTemplate(source, new Map()).generationPrompt;
    expect(new ChatTemplate(qwen2.chatTemplate!, qwen2.specialTokens).generationPrompt).toBe(
      "<|im_start|>assistant\n",
    );
    expect(asks("{% for m in messages %}{{ m.content }}{% endfor %}")).toBe("");
    // Phi 3 ends the text where it does not ask.
    const ending =
      "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}" +
      "{% if add_generation_prompt %}<|assistant|>{% else %}<|endoftext|>{% endif %}";
    expect(asks(ending)).toBe("<|end|><|assistant|>");
    expect(asks("{{ raise_exception('never') }}")).toBeNull();
  });

  test("whether it has a place for the system", () => {
    const takes = (source: string) => new ChatTemplate(source, new Map()).takesSystem;
    expect(new ChatTemplate(llama3.chatTemplate!, llama3.specialTokens).takesSystem).toBe(true);
    const turn = "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}{% endif %}{% endfor %}";
    expect(takes(turn)).toBe(false);
    expect(takes(`{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}${turn}`)).toBe(
      false,
    );
    expect(takes("{{ raise_exception('never') }}")).toBe(true);
  });
});

test("whatever a row holds, it becomes an example or a clear error", async () => {
  const formats: DatasetFormat[] = [
    { kind: "chat", messages: "messages", role: "role", text: "content" },
    { kind: "alpaca", instruction: "instruction", input: "input", output: "output" },
    { kind: "columns", prompt: "instruction", answer: "output", system: "input" },
    { kind: "text", column: "content" },
  ];
  const names = fc.constantFrom(
    "messages",
    "conversations",
    "role",
    "content",
    "from",
    "value",
    "instruction",
    "output",
    "input",
    "tool_calls",
    "__proto__",
    "constructor",
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("user", "assistant", "gpt", "tool", "\ud800", "\ufdd0", ""),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom(null, true, 7, 1n, 0.5),
      tie("list"),
      tie("object"),
      tie("turns"),
    ),
    list: fc.array(tie("value"), { maxLength: 3 }),
    object: fc.dictionary(names, tie("value"), { maxKeys: 4 }),
    turns: fc.array(fc.record({ role: text, content: fc.oneof(text, tie("value")) }), { maxLength: 3 }),
  }));
  const role = fc.constantFrom("user", "assistant", "system", "tool", "gpt");
  const nearly = fc.record({
    messages: fc.array(fc.record({ role, content: fc.oneof({ weight: 9, arbitrary: text }, value) })),
    instruction: text,
    output: text,
    input: fc.oneof(text, fc.constant(null)),
    content: text,
  });
  const row = fc.oneof(value, fc.dictionary(names, value, { maxKeys: 5 }), nearly);
  const kinds = ["own", "none", "vicuna"] as const;
  const renderings = await Promise.all(
    ["qwen2", "llama3", "gemma"].flatMap((name) =>
      kinds.map(async (kind) => {
        const tokenizer = await loadTokenizer(path.join(fixtures, name));
        return { tokenizer, rendering: await renderingFor(tokenizer, { kind }, "") };
      }),
    ),
  );
  const outcomes = { examples: 0, errors: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.constantFrom(...renderings),
      row,
      (format, { tokenizer, rendering }, value) => {
        try {
          const pieces = rowPieces(format, { value, place: "d.jsonl:7" } as never, rendering);
          const { example } = encodeExample(pieces, tokenizer, 64);
          expect(example.ids.length).toBe(example.learned.length);
          expect(example.ids.length).toBeLessThanOrEqual(64);
          outcomes.examples++;
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          outcomes.errors++;
          expect((error as UserError).message).toMatch(/^d\.jsonl:7: /);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(Math.min(outcomes.examples, outcomes.errors)).toBeGreaterThan(300);
  const deep = JSON.parse(
    `{"messages": [{"role": "assistant", "content": "x", "more": ${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`,
  ) as object;
  const { rendering } = renderings[0]!;
  expect(() => rowPieces(formats[0]!, { value: deep, place: "d.jsonl:7" } as never, rendering)).toThrow(
    "d.jsonl:7: the row's lists and objects lie too deep in each other.",
  );
});
