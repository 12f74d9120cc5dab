/** A part of an example's text, or the special token that begins or ends a text. */
export type Piece = { text: string; learned: boolean } | { special: "bos" | "eos"; learned: boolean };
