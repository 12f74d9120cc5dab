import type { Piece, TextPiece } from "./formats/piece";
import type { Example } from "./packed-batch";
import type { Tokenizer } from "./tokenizer";

export interface EncodedExample {
  example: Example;
  /** It was longer than the limit, and cut at the end. */
  truncated: boolean;
}

interface Tokens {
  ids: number[];
  learned: number[];
}

/**
 * Pieces that are joined are encoded as one text, and a token is learned when a character of it is. Others are encoded each by
 * itself, as the model meets them: the prompt is given, the answer is written after it. At most `length` tokens are kept.
 */
export function encodeExample(
  pieces: readonly Piece[],
  tokenizer: Tokenizer,
  length: number,
): EncodedExample {
  const tokens: Tokens = { ids: [], learned: [] };
  for (const group of joinedGroups(pieces)) {
    addGroup(group, tokenizer, length + 1 - tokens.ids.length, tokens);
    if (tokens.ids.length > length) break;
  }
  return {
    example: {
      ids: Int32Array.from(tokens.ids.slice(0, length)),
      learned: Uint8Array.from(tokens.learned.slice(0, length)),
    },
    truncated: tokens.ids.length > length,
  };
}

function joinedGroups(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    if ("text" in piece && piece.joined === true && groups.length > 0) groups.at(-1)!.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

function addGroup(group: readonly Piece[], tokenizer: Tokenizer, most: number, tokens: Tokens): void {
  const [piece] = group;
  if (group.length === 1) {
    const ids = pieceIds(piece!, tokenizer, most);
    for (const id of ids) add(tokens, id, piece!.learned);
    return;
  }
  const texts = group as readonly TextPiece[];
  const { ids, borders } = tokenizer.encodeJoined(
    texts.map(({ text }) => text),
    most,
  );
  const learned = new Uint8Array(ids.length);
  for (const [index, text] of texts.entries()) {
    if (!text.learned) continue;
    const end = borders[index];
    learned.fill(
      1,
      borders[index - 1]?.before ?? 0,
      end === undefined ? ids.length : end.before + Number(end.crossed),
    );
  }
  for (const [index, id] of ids.entries()) add(tokens, id, learned[index] === 1);
}

function add(tokens: Tokens, id: number, learned: boolean): void {
  tokens.ids.push(id);
  tokens.learned.push(learned ? 1 : 0);
}

function pieceIds(piece: Piece, tokenizer: Tokenizer, most: number): readonly number[] {
  if (!("special" in piece)) return tokenizer.encode(piece.text, most);
  const id = piece.special === "bos" ? tokenizer.bosId : tokenizer.eosId;
  return id === null ? [] : [id];
}
