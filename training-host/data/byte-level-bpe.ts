/**
 * Trains byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909; over bytes as in GPT-2) for models from scratch.
 * The same text gives the same tokenizer: pairs are merged by frequency, ties by smaller ids, as Hugging Face's trainer does.
 */
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { UserError } from "../../contracts/user-error";
import { byteLetters, spellInByteLetters } from "./byte-letters";
import { wordPattern } from "./byte-level-encoder";
import { PairHeap } from "./pair-heap";

/** Ids 0, 1, 2. `bos` begins a plain text, `eos` ends every text and answer; `pad` is there for other tools. */
export const scratchSpecialTokens = { bos: "<|bos|>", eos: "<|eos|>", pad: "<|pad|>" } as const;

/** Qwen2's pattern: letters apart from numbers, digits one by one (so that sums can be learned), line ends apart from words. */
const WORD_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

export const SMALLEST_VOCABULARY = 256 + Object.keys(scratchSpecialTokens).length;

export interface TokenizerFiles {
  /** Contents of `tokenizer.json` and `tokenizer_config.json`, in Hugging Face's format. */
  tokenizer: Record<string, unknown>;
  config: Record<string, unknown>;
}

/** Counts words as texts arrive, then trains. */
export class ByteLevelBpeTrainer {
  readonly #words = new Map<string, number>();
  readonly #pattern: RegExp;

  constructor() {
    // The library translates the pattern, so that a text falls into the same words here and when it is encoded.
    const untrained = definition(new Map(), []);
    const pattern = wordPattern(new LibraryTokenizer(untrained, {}), untrained);
    if (pattern === null)
      throw new Error("The tokenizer library does not show its pattern for words any more.");
    this.#pattern = pattern;
  }

  add(text: string): void {
    for (const word of text.match(this.#pattern) ?? [])
      this.#words.set(word, (this.#words.get(word) ?? 0) + 1);
  }

  /**
   * A tokenizer of at most `vocab` tokens: the special tokens, 256 bytes, then merges in the order they were made. Fewer when
   * no pair is left that occurs twice. `breathe` is awaited between the steps of the work, see Breather.
   * Throws UserError "bad-model" when `vocab` has no room for the bytes.
   */
  async train(vocab: number, breathe: () => Promise<void> = async () => {}): Promise<TokenizerFiles> {
    if (vocab < SMALLEST_VOCABULARY) {
      throw new UserError(
        "bad-model",
        `A vocabulary of ${vocab} tokens is too small: 256 bytes and the special tokens need ${SMALLEST_VOCABULARY}.`,
        `Set vocab to ${SMALLEST_VOCABULARY} or more.`,
      );
    }
    const tokens = [...Object.values(scratchSpecialTokens), ...[...byteLetters].sort()];
    const ids = new Map(tokens.map((token, id) => [token, id]));
    const merger = new Merger(tokens, ids);
    for (const [word, count] of this.#words) {
      merger.addWord(spellInByteLetters(word), count);
      await breathe();
    }
    const merges = await merger.mergeUpTo(vocab, breathe);
    return { tokenizer: definition(ids, merges), config: tokenizerConfig() };
  }
}

/** The pairs of all the words, counted; kept up to date while pairs are merged, so that a merge costs what it changes. */
class Merger {
  readonly #tokens: string[];
  readonly #ids: Map<string, number>;
  readonly #words: number[][] = [];
  readonly #wordCounts: number[] = [];
  readonly #pairCounts = new Map<number, number>();
  /** Words that had the pair at some time. */
  readonly #pairWords = new Map<number, Set<number>>();
  readonly #heap = new PairHeap();

  constructor(tokens: string[], ids: Map<string, number>) {
    this.#tokens = tokens;
    this.#ids = ids;
  }

  /** `word` is in byte letters. */
  addWord(word: string, count: number): void {
    const letters = Array.from(word, (letter) => this.#ids.get(letter)!);
    const index = this.#words.push(letters) - 1;
    this.#wordCounts.push(count);
    for (let i = 0; i + 1 < letters.length; i++) this.#change(letters[i]!, letters[i + 1]!, index, count);
  }

  async mergeUpTo(vocab: number, breathe: () => Promise<void>): Promise<[string, string][]> {
    const merges: [string, string][] = [];
    for (const [pair, count] of this.#pairCounts) this.#heap.push({ count, ...members(pair) });
    while (this.#tokens.length < vocab) {
      await breathe();
      const top = this.#heap.pop();
      if (top === undefined) break;
      const now = this.#pairCounts.get(pairKey(top.left, top.right)) ?? 0;
      if (now !== top.count) {
        // Its count fell since it was pushed: it takes its new place.
        if (now > 0) this.#heap.push({ ...top, count: now });
        continue;
      }
      if (now < 2) break;
      merges.push([this.#tokens[top.left]!, this.#tokens[top.right]!]);
      this.#merge(top.left, top.right);
    }
    return merges;
  }

  #merge(left: number, right: number): void {
    const merged = this.#tokenFor(this.#tokens[left]! + this.#tokens[right]!);
    const key = pairKey(left, right);
    const touched = new Set<number>();
    for (const index of this.#pairWords.get(key) ?? [])
      this.#mergeInWord(index, left, right, merged, touched);
    this.#pairCounts.delete(key);
    this.#pairWords.delete(key);
    for (const pair of touched) {
      const count = this.#pairCounts.get(pair) ?? 0;
      if (count > 0) this.#heap.push({ count, ...members(pair) });
    }
  }

  /** Two different merges may spell the same token. */
  #tokenFor(spelling: string): number {
    const known = this.#ids.get(spelling);
    if (known !== undefined) return known;
    const id = this.#tokens.push(spelling) - 1;
    this.#ids.set(spelling, id);
    return id;
  }

  #mergeInWord(index: number, left: number, right: number, merged: number, touched: Set<number>): void {
    const word = this.#words[index]!;
    const count = this.#wordCounts[index]!;
    const result: number[] = [];
    let i = 0;
    while (i < word.length) {
      if (word[i] !== left || word[i + 1] !== right) {
        result.push(word[i++]!);
        continue;
      }
      const before = result.at(-1);
      const after = word[i + 2];
      if (before !== undefined) {
        this.#change(before, left, index, -count);
        touched.add(this.#change(before, merged, index, count));
      }
      if (after !== undefined) {
        this.#change(right, after, index, -count);
        touched.add(this.#change(merged, after, index, count));
      }
      result.push(merged);
      i += 2;
    }
    this.#words[index] = result;
  }

  #change(left: number, right: number, word: number, by: number): number {
    const key = pairKey(left, right);
    this.#pairCounts.set(key, (this.#pairCounts.get(key) ?? 0) + by);
    if (by > 0) {
      const words = this.#pairWords.get(key);
      if (words) words.add(word);
      else this.#pairWords.set(key, new Set([word]));
    }
    return key;
  }
}

const PAIR_BASE = 2 ** 26;

function pairKey(left: number, right: number): number {
  return left * PAIR_BASE + right;
}

function members(key: number): { left: number; right: number } {
  return { left: Math.floor(key / PAIR_BASE), right: key % PAIR_BASE };
}

function definition(ids: ReadonlyMap<string, number>, merges: [string, string][]): Record<string, unknown> {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.values(scratchSpecialTokens).map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: WORD_PATTERN }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: false },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      // One string per merge: older releases of Hugging Face's library know no other form.
      merges: merges.map((merge) => merge.join(" ")),
    },
  };
}

function tokenizerConfig(): Record<string, unknown> {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: scratchSpecialTokens.bos,
    eos_token: scratchSpecialTokens.eos,
    pad_token: scratchSpecialTokens.pad,
    clean_up_tokenization_spaces: false,
  };
}
