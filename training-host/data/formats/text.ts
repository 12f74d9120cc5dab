import type { DatasetFormat } from "../../../contracts/plan";
import type { Piece } from "./piece";

type TextFormat = Extract<DatasetFormat, { kind: "text" }>;

/** Plain text: bos if the tokenizer has one, the text, eos; every token is learned. */
export function textPieces(format: TextFormat, row: Record<string, string>): Piece[] {
  return [
    { special: "bos", learned: false },
    { text: row[format.column]!, learned: true },
    { special: "eos", learned: true },
  ];
}
