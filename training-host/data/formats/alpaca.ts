import type { Message } from "../chat-template";
import { pairMessages, pairPieces } from "./columns";
import type { Piece } from "./piece";

interface AlpacaRow {
  instruction: string;
  input?: string | null;
  output: string;
}

/** Without a chat template: Stanford Alpaca's prompt, word for word (its train.py, PROMPT_DICT), then the output and eos. */
export function alpacaPieces(row: AlpacaRow): Piece[] {
  return pairPieces(alpacaPrompt(row), row.output);
}

export function alpacaMessages(row: AlpacaRow): Message[] {
  return pairMessages(row.input ? `${row.instruction}\n\n${row.input}` : row.instruction, row.output);
}

function alpacaPrompt({ instruction, input }: AlpacaRow): string {
  const request = "Write a response that appropriately completes the request.";
  return input
    ? `Below is an instruction that describes a task, paired with an input that provides further context. ${request}\n\n` +
        `### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`
    : `Below is an instruction that describes a task. ${request}\n\n### Instruction:\n${instruction}\n\n### Response:`;
}
