import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ByteLevelBpeTrainer,
  SMALLEST_VOCABULARY,
  type TokenizerFiles,
} from "../../../../training-host/data/byte-level-bpe";
import { saveTokenizer } from "../../../../training-host/data/run-tokenizer";
import { loadTokenizer, type Tokenizer } from "../../../../training-host/data/tokenizer";

interface Reference {
  vocab: number;
  texts: string[];
  merges: string[];
  samples: { text: string; ids: number[] }[];
}

const reference = JSON.parse(
  readFileSync(
    path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer/bpe-training.json"),
    "utf8",
  ),
) as Reference;

async function train(texts: readonly string[], vocab: number): Promise<TokenizerFiles> {
  const trainer = new ByteLevelBpeTrainer();
  for (const text of texts) trainer.add(text);
  return trainer.train(vocab);
}

function mergesOf(files: TokenizerFiles): string[] {
  return (files.tokenizer.model as { merges: string[] }).merges;
}

test("makes the merges of Hugging Face's trainer, in its order", async () => {
  expect(mergesOf(await train(reference.texts, reference.vocab))).toEqual(reference.merges);
});

test("stops at the size asked for", async () => {
  const files = await train(reference.texts, 300);
  expect(Object.keys((files.tokenizer.model as { vocab: object }).vocab)).toHaveLength(300);
  expect(mergesOf(files)).toEqual(reference.merges.slice(0, 300 - SMALLEST_VOCABULARY));
});

test("refuses a vocabulary without room for the bytes", async () => {
  await expect(train(["a"], 100)).rejects.toThrow(/100 tokens is too small: .* need 259/);
  expect(mergesOf(await train(["aaaa"], SMALLEST_VOCABULARY))).toEqual([]);
});

test("agrees with counting every pair again before every merge", async () => {
  const letters = fc.array(fc.stringMatching(/^[abc ]{0,12}$/), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 0, max: 12 }), async (texts, merges) => {
      const vocab = SMALLEST_VOCABULARY + merges;
      expect(mergesOf(await train(texts, vocab))).toEqual(slowMerges(texts, merges));
    }),
    { numRuns: 200 },
  );
});

/** The textbook algorithm on words of letters a, b, c and spaces (\u0120 in byte letters, which sorts after them). */
function slowMerges(texts: readonly string[], most: number): string[] {
  const ids = new Map(["a", "b", "c", "\u0120"].map((letter, id) => [letter, id]));
  const words = texts.flatMap((text) => text.match(/[^a-c]?[a-c]+|\s+(?!\S)|\s+/g) ?? []);
  let spelled = words.map((word) => [...word.replaceAll(" ", "\u0120")]);
  const merges: string[] = [];
  while (merges.length < most) {
    const counts = new Map<string, number>();
    for (const word of spelled) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const order = (pair: string) => pair.split(" ").map((token) => ids.get(token)!);
    const [best] = [...counts].sort(
      ([a, countA], [b, countB]) =>
        countB - countA || order(a)[0]! - order(b)[0]! || order(a)[1]! - order(b)[1]!,
    );
    if (best === undefined || best[1] < 2) break;
    const [left, right] = best[0].split(" ") as [string, string];
    merges.push(best[0]);
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    else most++; // the vocabulary did not grow
    spelled = spelled.map((word) => mergeWord(word, left, right));
  }
  return merges;
}

function mergeWord(word: string[], left: string, right: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === left && word[i + 1] === right) {
      result.push(left + right);
      i++;
    } else result.push(word[i]!);
  }
  return result;
}

describe("the written tokenizer", () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await reloaded(await train(reference.texts, reference.vocab));
  });

  test("encodes as Hugging Face's library does with the same files", () => {
    for (const { text, ids } of reference.samples) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    }
  });

  test("gives back any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("names its special tokens", () => {
    expect([tokenizer.bosId, tokenizer.eosId]).toEqual([0, 1]);
    expect(tokenizer.encode("a<|eos|>")).toEqual([...tokenizer.encode("a"), 1]);
    expect(tokenizer.chatTemplate).toBeNull();
  });
});

async function reloaded(files: TokenizerFiles): Promise<Tokenizer> {
  const folder = await mkdtemp(path.join(tmpdir(), "mos-tokenizer-"));
  try {
    await saveTokenizer(folder, files);
    return await loadTokenizer(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
