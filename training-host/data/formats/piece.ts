/** A part of an example's text, or the special token that begins or ends a text. */
export type Piece = TextPiece | { special: "bos" | "eos"; learned: boolean };

export interface TextPiece {
  text: string;
  learned: boolean;
  /** Goes on from the piece before: the tokens are those of both written one after the other. */
  joined?: boolean;
}
