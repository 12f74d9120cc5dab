import type { DatasetFormat } from "../../../contracts/plan";
import type { Message } from "../chat-template";
import type { Piece } from "./piece";

type ColumnsFormat = Extract<DatasetFormat, { kind: "columns" }>;
type Row = Record<string, string>;

/** Without a chat template: prompt ids, response ids, eos; response and eos are learned. */
export function columnsPieces(format: ColumnsFormat, row: Row): Piece[] {
  return pairPieces(row[format.prompt]!, row[format.answer]!);
}

export function columnsMessages(format: ColumnsFormat, row: Row): Message[] {
  return pairMessages(row[format.prompt]!, row[format.answer]!);
}

export function pairPieces(prompt: string, answer: string): Piece[] {
  return [
    { text: prompt, learned: false },
    { text: answer, learned: true },
    { special: "eos", learned: true },
  ];
}

export function pairMessages(prompt: string, answer: string): Message[] {
  return [
    { role: "user", content: prompt },
    { role: "assistant", content: answer },
  ];
}
