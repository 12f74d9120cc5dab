/** Text from tokens as they come: the same as all at once, and never half a character. */
import * as path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer } from "../../../../training-host/data/tokenizer";
import { AnswerText } from "../../../../training-host/generation/answer-text";
import { specialIdsOf } from "../../../../training-host/generation/loaded-model";
import { referenceFolder } from "../reference";

const tokenizers = new Map<string, Tokenizer>();
beforeAll(async () => {
  for (const name of ["qwen2-tiny", "llama3-tiny", "gemma-tiny"])
    tokenizers.set(name, await loadTokenizer(path.join(referenceFolder, "models", name)));
});

function stream(tokenizer: Tokenizer, prompt: number[], ids: readonly number[], stop: string[] = []) {
  const special = specialIdsOf(tokenizer);
  const text = new AnswerText(tokenizer, (id) => special.has(id), prompt, stop);
  const deltas = [...ids.map((id) => text.add(id)), text.end()].filter((delta) => delta !== "");
  return { deltas, whole: deltas.join(""), stopped: text.stopped };
}

const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "Grüße, 世界! 👩‍👩‍👧‍👦 and 🇩🇪🇫🇷.",
    "  indented\n\n\tlines  ",
    "e\u0301 and é",
    "日本語のテキスト",
    "emoji 👍🏽 end",
  ),
);

describe("an answer's text", () => {
  it("is that of all its tokens, whole characters at a time", () => {
    for (const [name, tokenizer] of tokenizers)
      fc.assert(
        fc.property(texts, texts, (before, text) => {
          const prompt = tokenizer.encode(`${before}.`);
          const ids = tokenizer.encode(text);
          const expected = tokenizer.decode([...prompt, ...ids]).slice(tokenizer.decode(prompt).length);
          const { deltas, whole } = stream(tokenizer, prompt, ids);
          expect(whole, name).toBe(expected);
          for (const delta of deltas) {
            // Neither half of a surrogate pair, nor bytes that are a character only with what comes next.
            expect(Buffer.from(delta).toString(), name).toBe(delta);
            if (!expected.includes("\uFFFD")) expect(delta, name).not.toContain("\uFFFD");
          }
        }),
        { numRuns: 60, seed: 8 },
      );
  });

  it("keeps what belongs together in one piece: joined emoji and flags", () => {
    const { deltas } = stream(
      tokenizers.get("qwen2-tiny")!,
      [],
      tokenizers.get("qwen2-tiny")!.encode("👩‍👧🇩🇪x"),
    );
    expect(deltas).toEqual(["👩", "‍👧", "🇩🇪", "x"]);
  });

  it("does not wait for ever for bytes that are no UTF-8", () => {
    const tokenizer = tokenizers.get("qwen2-tiny")!;
    const [first] = tokenizer.encode("é");
    const ids = Array.from({ length: 200 }, () => first!);
    const { deltas, whole } = stream(tokenizer, [], ids);
    expect(whole).toBe(tokenizer.decode(ids));
    expect(deltas.length).toBeGreaterThan(10);
  });

  it("leaves special tokens out", () => {
    const tokenizer = tokenizers.get("llama3-tiny")!;
    const special = specialIdsOf(tokenizer);
    expect(special.size).toBe(tokenizer.specialTexts.length);
    const ids = [...tokenizer.encode("to"), [...special][0]!, ...tokenizer.encode("gether")];
    expect(stream(tokenizer, [], ids).whole).toBe("together");
  });

  it("ends before the first stop text, wherever tokens are cut", () => {
    const tokenizer = tokenizers.get("qwen2-tiny")!;
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 30 }),
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n"), minLength: 1, maxLength: 4 }), {
          maxLength: 3,
        }),
        (text, stop) => {
          const { whole, stopped, deltas } = stream(tokenizer, [], tokenizer.encode(text), stop);
          const found = stop.filter((one) => text.includes(one));
          // What is known before a longer one could be complete counts: never later than the earliest end.
          const end = Math.min(...found.map((one) => text.indexOf(one)), text.length);
          expect(stopped === null).toBe(found.length === 0);
          if (stopped === null) expect(whole).toBe(text);
          else expect(text.startsWith(whole) && whole.length >= end).toBe(true);
          for (const one of stop) expect(deltas.join("").includes(one)).toBe(false);
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });
});
