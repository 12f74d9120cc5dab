/** Where answers go: standard output takes them piece by piece. */
import type { Output } from "../terminal/output";

export interface AnswerOutput extends Output {
  /** A piece of the result, without a line end. */
  write(text: string): void;
  /** The same of words that are not ours: a model's, or of a data file. */
  writeForeign(text: string): void;
}

export function answerOutput(output: Output, stdout: NodeJS.WritableStream = process.stdout): AnswerOutput {
  const write = (text: string) => void stdout.write(text);
  const isTerminal = output.terminal !== null;
  return { ...output, write, writeForeign: (text) => write(isTerminal ? withoutControls(text) : text) };
}

/** What a model writes must not move the cursor, clear the screen or rename the window: of control characters only lines and tabs stay. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\uFFFD");
}
