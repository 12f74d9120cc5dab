import type { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { spellInByteLetters } from "./byte-letters";
import { type Borders, noBorders } from "./token-borders";
import { WordCache } from "./word-cache";

type Json = Record<string, unknown>;

/**
 * Encodes text for the usual byte-level BPE tokenizers (Llama 3, Qwen 2, GPT-2's descendants, our own) with the library's parts
 * and a cache of whole words. The library itself spells every word in byte letters anew, and keeps its own cache (of 10,000
 * words) by taking each word out and putting it in again.
 */
export class ByteLevelEncoder {
  readonly #library: LibraryTokenizer;
  readonly #splitIntoWords: (text: string) => string[];
  readonly #normalize: boolean;
  readonly #addedTokens: RegExp | null;
  readonly #words = new WordCache();

  private constructor(library: LibraryTokenizer, words: RegExp, normalize: boolean, added: string[]) {
    this.#library = library;
    this.#splitIntoWords = (text) => text.match(words) ?? [];
    this.#normalize = normalize;
    const longestFirst = [...added].sort((a, b) => b.length - a.length).map(escapeForRegExp);
    this.#addedTokens = added.length === 0 ? null : new RegExp(`(${longestFirst.join("|")})`, "g");
  }

  /** null when the tokenizer is of another kind. */
  static of(library: LibraryTokenizer, definition: Json): ByteLevelEncoder | null {
    const normalizer = definition.normalizer as Json | null | undefined;
    const normalize = normalizer?.type === "NFC";
    if (normalizer && !normalize) return null;
    const words = wordPattern(library, definition);
    const model = definition.model as Json;
    const plain = model.type === "BPE" && !model.unk_token && !model.byte_fallback;
    const added = (definition.added_tokens ?? []) as Json[];
    const simple = added.every((token) => !token.lstrip && !token.rstrip && !(normalize && token.normalized));
    if (words === null || !plain || !simple) return null;
    const contents = added.map((token) => String(token.content));
    return new ByteLevelEncoder(library, words, normalize, contents);
  }

  /**
   * The ids of `text`; null when the tokenizer's pattern does not cover all of it, or a byte has no token. Of each border (an
   * index into `text`, in ascending order) the count of tokens that end there or before is added to `borders`.
   */
  encode(text: string, borders: Borders = noBorders()): number[] | null {
    const ids: number[] = [];
    const sections = this.#addedTokens === null ? [text] : text.split(this.#addedTokens);
    let start = 0;
    for (const [index, section] of sections.entries()) {
      // What a split captures stands at the odd places.
      if (index % 2 === 0) {
        if (!this.#encodeSection(section, start, ids, borders)) return null;
      } else {
        borders.passWhole(start, section.length, ids.length);
        ids.push(this.#library.token_to_id(section)!);
      }
      start += section.length;
    }
    borders.passAll(ids.length);
    return ids;
  }

  #encodeSection(section: string, start: number, ids: number[], borders: Borders): boolean {
    const text = this.#normalize ? section.normalize("NFC") : section;
    // Where letters were put together, the borders are no more what they were.
    if (text !== section && borders.within(start, start + section.length)) return false;
    let covered = 0;
    for (const word of this.#splitIntoWords(text)) {
      const known = this.#words.get(word) ?? this.#encodeWord(word);
      if (known === null) return false;
      if (borders.next < start + covered + word.length)
        this.#passWord(word, known, start + covered, ids.length, borders);
      covered += word.length;
      for (const id of known) ids.push(id);
    }
    return covered === text.length;
  }

  /** A letter of a token's spelling is a byte of the word. */
  #passWord(word: string, known: readonly number[], start: number, before: number, borders: Borders): void {
    while (borders.next < start + word.length) {
      let bytes = Buffer.byteLength(word.slice(0, borders.next - start));
      let count = 0;
      while (count < known.length && this.#library.id_to_token(known[count]!)!.length <= bytes) {
        bytes -= this.#library.id_to_token(known[count++]!)!.length;
      }
      borders.pass(before + count, bytes > 0);
    }
  }

  #encodeWord(word: string): readonly number[] | null {
    const ids: number[] = [];
    for (const token of this.#library.model!.encode([spellInByteLetters(word)])) {
      const id = this.#library.token_to_id(token);
      if (id === undefined) return null;
      ids.push(id);
    }
    if (ids.length === 0) return null;
    this.#words.add(word, ids);
    return ids;
  }
}

/**
 * The pattern for words of a tokenizer that splits by pattern and then spells in byte letters, as the library has translated it
 * for JavaScript (Oniguruma's syntax differs); null for others.
 */
export function wordPattern(library: LibraryTokenizer, definition: Json): RegExp | null {
  const preTokenizer = definition.pre_tokenizer as Json | null | undefined;
  const [split, bytes, ...more] = (preTokenizer?.pretokenizers ?? []) as (Json | undefined)[];
  const isolated = split?.type === "Split" && split.behavior === "Isolated" && split.invert !== true;
  const spelled = bytes?.type === "ByteLevel" && bytes.add_prefix_space !== true && bytes.use_regex === false;
  if (!isolated || !spelled || more.length > 0) return null;
  const parts = (library.pre_tokenizer as unknown as { tokenizers?: { pattern?: unknown }[] } | null)
    ?.tokenizers;
  const pattern = parts?.[0]?.pattern;
  return pattern instanceof RegExp && pattern.global ? pattern : null;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
