import { readFileSync } from "node:fs";
import path from "node:path";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChatTemplate, type Message } from "../../../../training-host/data/chat-template";
import { cutBeforeSpaces } from "../../../../training-host/data/text-chunks";
import { checkVocabulary, loadTokenizer } from "../../../../training-host/data/tokenizer";
import { temporaryFolder, write } from "./temporary-folder";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");

interface Expected {
  texts: { text: string; ids_no_special: number[]; ids_with_special: number[]; decoded: string }[];
  chats: {
    messages: Message[];
    add_generation_prompt: boolean;
    rendered?: string;
    ids?: number[];
    error?: string;
  }[];
}

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(path.join(fixtures, name, "expected.json"), "utf8")) as Expected;
}

describe.each(["llama3", "qwen2", "gemma"])("%s, against transformers and sentencepiece", (name) => {
  const expected = expectedOf(name);

  test(`encodes ${expected.texts.length} texts to the reference's ids`, async () => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    for (const { text, ids_no_special } of expected.texts) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids_no_special);
    }
  });

  test("puts the reference's special tokens around them", async () => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    for (const { text, ids_with_special } of expected.texts) {
      expect(tokenizer.encodeWithSpecialTokens(text), JSON.stringify(text)).toEqual(ids_with_special);
    }
  });

  test("decodes to the reference's texts, special tokens included", async () => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    for (const { ids_no_special, decoded } of expected.texts) {
      // Decoding an empty list is no part of the reference.
      if (ids_no_special.length > 0) expect(tokenizer.decode(ids_no_special)).toBe(decoded);
    }
  });

  test(`renders ${expected.chats.length} chats as the reference does, and encodes them to its ids`, async () => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    const template = new ChatTemplate(tokenizer.chatTemplate!, tokenizer.specialTokens);
    for (const chat of expected.chats) {
      const render = () => template.render(chat.messages, chat.add_generation_prompt);
      if (chat.error !== undefined) {
        expect(render).toThrow(chat.error);
        continue;
      }
      expect(render()).toBe(chat.rendered);
      expect(tokenizer.encode(render())).toEqual(chat.ids);
    }
  });

  test("gives a long text the ids of its parts, and stops early when asked", async () => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    const sentence = "The station's river  has 12 teachers,\n\n and naïve answers — 東京. ";
    const repeats = 600;
    const whole = tokenizer.encode(sentence.repeat(repeats));
    expect(tokenizer.decode(whole)).toBe(sentence.repeat(repeats));
    const one = tokenizer.encode(sentence + sentence).length - tokenizer.encode(sentence).length;
    const last = tokenizer.encode(sentence).length;
    expect(whole.length).toBe(one * (repeats - 1) + last);
    const start = tokenizer.encode(sentence.repeat(repeats), 100);
    expect(start.length).toBeGreaterThanOrEqual(100);
    expect(start.length).toBeLessThan(whole.length);
    expect(start).toEqual(whole.slice(0, start.length));
  });
});

test.each(["llama3", "qwen2", "gemma"])("%s encodes any text as the library alone does", async (name) => {
  const folder = path.join(fixtures, name);
  const json = (file: string) => JSON.parse(readFileSync(path.join(folder, file), "utf8")) as object;
  const library = new LibraryTokenizer(json("tokenizer.json"), json("tokenizer_config.json"));
  const tokenizer = await loadTokenizer(folder);
  const special = fc.constantFrom(
    ...tokenizer.specialTexts,
    " ",
    "\n",
    "e\u0301",
    "it's",
    "123456",
    "\ud800",
    "\u2581",
    " a",
  );
  const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), special);
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 6 }), (parts) => {
      const text = parts.join("");
      // Twice: the second time out of the cache.
      for (let time = 0; time < 2; time++) {
        expect(tokenizer.encode(text)).toEqual(library.encode(text, { add_special_tokens: false }).ids);
      }
    }),
    { numRuns: 300 },
  );
});

test.each(["llama3", "qwen2", "gemma"])("%s decodes to what it encoded", async (name) => {
  const tokenizer = await loadTokenizer(path.join(fixtures, name));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      // A token's U+2581 is a space when it is read again; Qwen 2 puts letters and their accents together.
      const expected = (name === "qwen2" ? text.normalize("NFC") : text).replaceAll("\u2581", " ");
      expect(tokenizer.decode(tokenizer.encode(text)).replaceAll("\u2581", " ")).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test("knows the sizes and special tokens of the reference tokenizers", async () => {
  const llama3 = await loadTokenizer(path.join(fixtures, "llama3"));
  expect([llama3.vocabSize, llama3.bosId, llama3.eosId]).toEqual([320, 317, 318]);
  // The last row of qwen2's embedding has no token.
  const qwen2 = await loadTokenizer(path.join(fixtures, "qwen2", "tokenizer.json"));
  expect([qwen2.vocabSize, qwen2.bosId, qwen2.eosId]).toEqual([319, null, 318]);
  const gemma = await loadTokenizer(path.join(fixtures, "gemma"));
  expect([gemma.vocabSize, gemma.bosId, gemma.eosId]).toEqual([320, 2, 1]);
  expect(llama3.contentHash).not.toBe(qwen2.contentHash);
  expect(llama3.files.map((file) => path.basename(file))).toEqual([
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
});

test("accepts a padded vocabulary, and names both numbers when the model's is too small", async () => {
  const qwen2 = await loadTokenizer(path.join(fixtures, "qwen2"));
  expect(() => checkVocabulary(qwen2, 320)).not.toThrow();
  expect(() => checkVocabulary(qwen2, 300)).toThrow(/has 319 tokens, but the model's vocabulary has 300/);
});

test("cuts texts only between a letter and a space, and loses nothing", () => {
  const word = fc.stringMatching(/^[a-zé東 \n.]{0,40}$/u);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const text = words.join(" x ").repeat(20);
      const parts = [...cutBeforeSpaces(text)];
      expect(parts.join("")).toBe(text);
      parts.slice(1).forEach((part, index) => {
        expect(part.startsWith(" ")).toBe(true);
        expect(/\p{L}$/u.test(parts[index]!)).toBe(true);
      });
    }),
    { numRuns: 50 },
  );
});

test("a template that asks for today's date always gets the same one", () => {
  const template = new ChatTemplate(
    "{{ strftime_now('%d %b %Y') }}{{ bos_token }}",
    new Map([["bos_token", "<s>"]]),
  );
  expect(template.render([], false)).toBe("26 Jul 2024<s>");
});

test("reads templates and special tokens from where different releases of transformers put them", async () => {
  const folder = temporaryFolder();
  const source = path.join(fixtures, "qwen2");
  write(folder, "tokenizer.json", readFileSync(path.join(source, "tokenizer.json")));
  write(folder, "special_tokens_map.json", JSON.stringify({ eos_token: { content: "<|endoftext|>" } }));
  expect((await loadTokenizer(folder)).eosId).toBe(316);
  expect((await loadTokenizer(folder)).chatTemplate).toBeNull();
  // Named nowhere, known by its text: templates write it all the same.
  write(folder, "special_tokens_map.json", "{}");
  const known = await loadTokenizer(folder);
  expect(known.specialTokens.get("eos_token")).toBe(known.decode([known.eosId]));
  const named = [
    { name: "tool_use", template: "no" },
    { name: "default", template: "yes" },
  ];
  write(folder, "tokenizer_config.json", JSON.stringify({ eos_token: "<|im_end|>", chat_template: named }));
  expect((await loadTokenizer(folder)).eosId).toBe(318);
  expect((await loadTokenizer(folder)).chatTemplate).toBe("yes");
  write(folder, "chat_template.jinja", "of its own");
  expect((await loadTokenizer(folder)).chatTemplate).toBe("of its own");
});

test("says in one sentence what is wrong with a tokenizer", async () => {
  const folder = temporaryFolder();
  const failure = async () =>
    loadTokenizer(folder).then(
      () => "loaded",
      (error: Error & { reason?: string }) => `${error.reason}: ${error.message.replaceAll(folder, "DIR")}`,
    );
  expect(await failure()).toBe(`bad-tokenizer: There is no tokenizer at DIR${path.sep}tokenizer.json.`);
  const file = path.join("DIR", "tokenizer.json");
  write(folder, "tokenizer.json", "{");
  expect(await failure()).toContain(`bad-tokenizer: ${file} is not valid JSON`);
  write(folder, "tokenizer.json", "[]");
  expect(await failure()).toBe(`bad-tokenizer: ${file} does not hold a JSON object.`);
  write(folder, "tokenizer.json", JSON.stringify({ model: { type: "Nonsense" } }));
  expect(await failure()).toContain(`bad-tokenizer: ${file} is not a tokenizer that can be used: `);
  const model = { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] };
  write(folder, "tokenizer.json", JSON.stringify({ model }));
  expect(await failure()).toBe(`bad-tokenizer: The tokenizer ${file} does not say which token ends a text.`);
  await expect(loadTokenizer(path.join(folder, "nowhere"))).rejects.toMatchObject({ reason: "file-missing" });
});
