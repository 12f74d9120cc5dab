/** Where answers go: standard output takes them piece by piece. */
import type { Output } from "../terminal/output";

export interface AnswerOutput extends Output {
  /** A piece of the result, without a line end. */
  write(text: string): void;
}

export function answerOutput(output: Output, stdout: NodeJS.WritableStream = process.stdout): AnswerOutput {
  return { ...output, write: (text) => void stdout.write(text) };
}
