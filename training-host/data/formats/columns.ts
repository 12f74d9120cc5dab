import type { DatasetFormat } from "../../../contracts/plan";
import type { Message } from "../chat-template";
import type { Piece } from "./piece";

type ColumnsFormat = Extract<DatasetFormat, { kind: "columns" }>;
type Row = Record<string, string | null | undefined>;

/** Without a chat template: prompt ids, response ids, eos; response and eos are learned. The system's words are a paragraph before. */
export function columnsPieces(format: ColumnsFormat, row: Row): Piece[] {
  const system = systemOf(format, row);
  const prompt = row[format.prompt]!;
  return pairPieces(system === null ? prompt : `${system}\n\n${prompt}`, row[format.answer]!);
}

export function columnsMessages(format: ColumnsFormat, row: Row): Message[] {
  const pair = pairMessages(row[format.prompt]!, row[format.answer]!);
  const system = systemOf(format, row);
  return system === null ? pair : [{ role: "system", content: system }, ...pair];
}

/** null: the format names no such column, or this row has nothing in it. */
function systemOf(format: ColumnsFormat, row: Row): string | null {
  return format.system === null ? null : optionalText(row, format.system);
}

/** null where the row does not have the column, or nothing in it. */
export function optionalText(row: Row, column: string): string | null {
  return (Object.hasOwn(row, column) && row[column]) || null;
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
