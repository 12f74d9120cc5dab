import type { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";

/** Where a border of a text falls among its tokens. */
export interface TokenBorder {
  /** Tokens that end at the border or before it. */
  before: number;
  /** The token after those begins before the border and ends behind it. */
  crossed: boolean;
}

/** Borders of a text, met one after the other while it is encoded. */
export class Borders {
  readonly found: TokenBorder[] = [];
  readonly #places: readonly number[];

  /** `places`: indices into the text, ascending. */
  constructor(places: readonly number[]) {
    this.#places = places;
  }

  /** The next border that was not met yet; infinite after the last. */
  get next(): number {
    return this.#places[this.found.length] ?? Number.POSITIVE_INFINITY;
  }

  pass(before: number, crossed: boolean): void {
    this.found.push({ before, crossed });
  }

  /** A single token of `length` characters begins at `start`. */
  passWhole(start: number, length: number, before: number): void {
    while (this.next < start + length) this.pass(before, this.next > start);
  }

  /** All that are left lie at the end. */
  passAll(tokens: number): void {
    while (this.next !== Number.POSITIVE_INFINITY) this.pass(tokens, false);
  }

  within(from: number, to: number): boolean {
    return this.next > from && this.next < to;
  }
}

export function noBorders(): Borders {
  return new Borders([]);
}

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;
const encoder = new TextEncoder();

/**
 * Finds the borders by reading the tokens along the text, for tokenizers in SentencePiece's way: a token's spelling is its text with
 * U+2581 for a space, or `<0x0A>` for a byte. null when the tokens are not spelled like the text.
 */
export function bordersBySpelling(
  text: string,
  ids: readonly number[],
  library: LibraryTokenizer,
  places: readonly number[],
): TokenBorder[] | null {
  const borders = new Borders(places);
  const spelled = text.replaceAll(" ", "\u2581");
  let at = 0;
  let bytesOfCharacter = 0;
  for (const [index, id] of ids.entries()) {
    const token = library.id_to_token(id);
    if (token === undefined) return null;
    const byte = BYTE_TOKEN.exec(token);
    if (byte !== null && !spelled.startsWith(token, at)) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      const bytes = encoder.encode(character);
      if (bytes[bytesOfCharacter] !== Number.parseInt(byte[1]!, 16)) return null;
      if (bytesOfCharacter === 0) borders.passWhole(at, character.length, index);
      if (++bytesOfCharacter < bytes.length) continue;
      bytesOfCharacter = 0;
      at += character.length;
      continue;
    }
    const length = text.startsWith(token, at) || spelled.startsWith(token, at) ? token.length : 0;
    if (length === 0 || bytesOfCharacter > 0) return null;
    borders.passWhole(at, length, index);
    at += length;
  }
  if (at !== text.length) return null;
  borders.passAll(ids.length);
  return borders.found;
}

/** For any other tokenizer: a border is where the tokens of what is before it end to be those of the whole. */
export function bordersByPrefix(
  text: string,
  ids: readonly number[],
  encode: (text: string) => readonly number[],
  places: readonly number[],
): TokenBorder[] {
  return places.map((place) => {
    const prefix = place >= text.length ? ids : encode(text.slice(0, place));
    let before = 0;
    while (before < prefix.length && prefix[before] === ids[before]) before++;
    return { before, crossed: before < prefix.length };
  });
}
