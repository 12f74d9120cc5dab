import type { Piece } from "./formats/piece";
import type { Example } from "./packed-batch";
import type { Tokenizer } from "./tokenizer";

export interface EncodedExample {
  example: Example;
  /** It was longer than the limit, and cut at the end. */
  truncated: boolean;
}

/**
 * Each piece is encoded by itself, as the model meets it: the prompt is given, the answer is written after it, so no token
 * reaches across. At most `length` tokens are kept.
 */
export function encodeExample(
  pieces: readonly Piece[],
  tokenizer: Tokenizer,
  length: number,
): EncodedExample {
  const ids: number[] = [];
  const learned: number[] = [];
  for (const piece of pieces) {
    for (const id of pieceIds(piece, tokenizer, length + 1 - ids.length)) {
      ids.push(id);
      learned.push(piece.learned ? 1 : 0);
    }
    if (ids.length > length) break;
  }
  return {
    example: {
      ids: Int32Array.from(ids.slice(0, length)),
      learned: Uint8Array.from(learned.slice(0, length)),
    },
    truncated: ids.length > length,
  };
}

function pieceIds(piece: Piece, tokenizer: Tokenizer, most: number): readonly number[] {
  if (!("special" in piece)) return tokenizer.encode(piece.text, most);
  const id = piece.special === "bos" ? tokenizer.bosId : tokenizer.eosId;
  return id === null ? [] : [id];
}
