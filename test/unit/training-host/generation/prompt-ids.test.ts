/** What a model goes on from, and where its answers end. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatMessage } from "../../../../contracts/model-protocol";
import type { OpenedModel } from "../../../../training-host/generation/open-model";
import { promptIds } from "../../../../training-host/generation/prompt-ids";
import { referenceFolder } from "../reference";
import { openReference } from "./opened-reference";

interface ChatCase {
  messages: ChatMessage[];
  add_generation_prompt: boolean;
  ids?: number[];
  error?: string;
}

const families = { "qwen2-tiny": "qwen2", "llama3-tiny": "llama3", "gemma-tiny": "gemma" } as const;
const models = new Map<string, OpenedModel>();
beforeAll(async () => {
  for (const name of Object.keys(families)) models.set(name, await openReference(name, "wasm"));
});
afterAll(() => {
  for (const { model } of models.values()) model.dispose();
});

describe.each(Object.entries(families))("prompts of %s", (name, family) => {
  const suite = JSON.parse(
    fs.readFileSync(path.join(referenceFolder, "tokenizer", family, "expected.json"), "utf8"),
  ) as { texts: { text: string; ids_with_special: number[] }[]; chats: ChatCase[] };

  it("that are texts begin as transformers begins them", () => {
    for (const { text, ids_with_special } of suite.texts) {
      if (ids_with_special.length === 0) continue;
      expect(promptIds({ kind: "text", text }, models.get(name)!, "The prompt")).toEqual(ids_with_special);
    }
  });

  it("that are conversations are those of transformers, and refused in the template's words", () => {
    const chats = suite.chats.filter((chat) => chat.add_generation_prompt || chat.error !== undefined);
    expect(chats.length).toBeGreaterThan(2);
    for (const { messages, ids, error } of chats) {
      const ask = () => promptIds({ kind: "chat", messages }, models.get(name)!, "The prompt");
      if (error === undefined) {
        expect(ask()).toEqual(ids);
        continue;
      }
      // Gemma's template has no place for the system: asked as training data is written, its words begin the user's.
      const [system, user, ...rest] = messages;
      const merged = [{ ...user!, content: `${system!.content}\n\n${user!.content}` }, ...rest];
      expect(ask()).toEqual(promptIds({ kind: "chat", messages: merged }, models.get(name)!, "The prompt"));
    }
    const again: ChatMessage = { role: "user", content: "Hi" };
    const twice = () =>
      promptIds({ kind: "chat", messages: [again, again] }, models.get(name)!, "The prompt");
    if (family !== "gemma") expect(twice).not.toThrow();
    else expect(twice).toThrowError(expect.objectContaining({ reason: "bad-template" }));
  });

  it("of a row stop where the answer begins", () => {
    const loaded = models.get(name)!;
    const row = { prompt: "What is 2 + 3?", answer: "5" };
    const format = { kind: "columns", prompt: "prompt", answer: "answer", system: null } as const;
    const messages = [{ role: "user" as const, content: row.prompt }];
    const prompt = promptIds({ kind: "row", format, row, place: "rows.jsonl:1" }, loaded, "The prompt");
    expect(prompt).toEqual(promptIds({ kind: "chat", messages }, loaded, "The prompt"));
    expect(() =>
      promptIds({ kind: "row", format, row: { prompt: "x" }, place: "rows.jsonl:7" }, loaded, "The prompt"),
    ).toThrowError(/^rows\.jsonl:7: column "answer"/);
  });
});

describe("a model without a template", () => {
  it("is asked as it is trained", () => {
    const loaded = { ...models.get("llama3-tiny")!, rendering: { template: null, specialTexts: [] } };
    const { tokenizer } = loaded;
    const chat = (messages: ChatMessage[]) => promptIds({ kind: "chat", messages }, loaded, "The prompt");
    expect(chat([{ role: "user", content: "Hi" }])).toEqual([
      ...tokenizer.encode("User: Hi"),
      ...tokenizer.encode("\nAssistant:"),
    ]);
    const longer = chat([
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Bye" },
    ]);
    expect(longer).toContain(tokenizer.eosId);
    expect(tokenizer.decode(longer)).toMatch(/Assistant: Hello.*\nUser: Bye\nAssistant:$/s);
  });
});

describe("prompts", () => {
  it("that fill the context are refused with both numbers", () => {
    const loaded = { ...models.get("llama3-tiny")!, contextLength: 4 };
    expect(() => promptIds({ kind: "text", text: "one two three four" }, loaded, "Prompt 3")).toThrowError(
      /^Prompt 3 has \d+ tokens, and the model's context has room for 4/,
    );
  });

  it("that are empty begin a text", () => {
    const empty = (name: string) => promptIds({ kind: "text", text: "" }, models.get(name)!, "The prompt");
    expect(empty("llama3-tiny")).toEqual([models.get("llama3-tiny")!.tokenizer.bosId]);
    expect(empty("qwen2-tiny")).toHaveLength(1);
  });
});

describe("answers end", () => {
  it("at the tokenizer's end of text, the configs' and the template's", async () => {
    const endings = (name: string) => [...models.get(name)!.stopTokens.values()].sort();
    expect(endings("qwen2-tiny")).toEqual(["<|endoftext|>", "<|im_end|>"]);
    expect(endings("llama3-tiny")).toEqual(["<|end_of_text|>", "<|eot_id|>"]);
    expect(endings("gemma-tiny")).toEqual(["<end_of_turn>", "<eos>"]);
    const llama31 = await openReference("llama31-tiny", "wasm");
    expect([...llama31.stopTokens.keys()]).toEqual(expect.arrayContaining([318, 319]));
    llama31.model.dispose();
  });
});
