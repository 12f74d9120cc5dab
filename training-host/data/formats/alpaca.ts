import type { DatasetFormat } from "../../../contracts/plan";
import type { Message } from "../chat-template";
import { optionalText, pairMessages, pairPieces } from "./columns";
import type { Piece } from "./piece";

type AlpacaFormat = Extract<DatasetFormat, { kind: "alpaca" }>;
type Row = Record<string, string | null | undefined>;

/** Without a chat template: Stanford Alpaca's prompt, word for word (its train.py, PROMPT_DICT), then the output and eos. */
export function alpacaPieces(format: AlpacaFormat, row: Row): Piece[] {
  return pairPieces(
    alpacaPrompt(row[format.instruction]!, optionalText(row, format.input)),
    row[format.output]!,
  );
}

export function alpacaMessages(format: AlpacaFormat, row: Row): Message[] {
  const [instruction, input] = [row[format.instruction]!, optionalText(row, format.input)];
  return pairMessages(input ? `${instruction}\n\n${input}` : instruction, row[format.output]!);
}

function alpacaPrompt(instruction: string, input: string | null): string {
  const request = "Write a response that appropriately completes the request.";
  return input
    ? `Below is an instruction that describes a task, paired with an input that provides further context. ${request}\n\n` +
        `### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`
    : `Below is an instruction that describes a task. ${request}\n\n### Instruction:\n${instruction}\n\n### Response:`;
}
