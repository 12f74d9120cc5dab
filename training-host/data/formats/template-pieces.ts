import { UserError } from "../../../contracts/user-error";
import type { ChatTemplate, Message } from "../chat-template";
import type { Piece } from "./piece";

/**
 * A conversation as the model's chat template writes it. Learned is what the model has to write itself: each turn of the
 * assistant after its generation prompt, up to and including the token that ends the turn.
 * Throws UserError "bad-row" when the template refuses the conversation, or writes a turn differently once more turns follow.
 */
export function templatePieces(
  messages: readonly Message[],
  template: ChatTemplate,
  specialTexts: readonly string[],
  place: string,
): Piece[] {
  const pieces: Piece[] = [];
  let written = "";
  for (const [index, message] of messages.entries()) {
    if (message.role !== "assistant") continue;
    const prompt = render(template, messages.slice(0, index), true, place);
    const whole = render(template, messages.slice(0, index + 1), false, place);
    if (!prompt.startsWith(written) || !whole.startsWith(prompt)) throw notAPrefix(place, index);
    const answerLength = learnedLength(whole.slice(prompt.length), specialTexts);
    pieces.push({ text: prompt.slice(written.length), learned: false });
    written = whole.slice(0, prompt.length + answerLength);
    pieces.push({ text: written.slice(prompt.length), learned: true });
    if (index === messages.length - 1) pieces.push({ text: whole.slice(written.length), learned: false });
  }
  return pieces.filter((piece) => "special" in piece || piece.text !== "");
}

function render(
  template: ChatTemplate,
  messages: Message[],
  addGenerationPrompt: boolean,
  place: string,
): string {
  try {
    return template.render(messages, addGenerationPrompt);
  } catch (error) {
    throw new UserError(
      "bad-row",
      `${place}: the model's chat template refuses this conversation: ${(error as Error).message}.`,
    );
  }
}

function notAPrefix(place: string, turn: number): UserError {
  return new UserError(
    "bad-row",
    `${place}: the model's chat template writes turn ${turn + 1} differently when the conversation goes on, so it cannot be told which tokens the model has to learn.`,
    "Use single-turn conversations, or a model with a template that only appends.",
  );
}

/** Templates often write a line end after the token that ends a turn; the model never has to write it. */
function learnedLength(turn: string, specialTexts: readonly string[]): number {
  let end = 0;
  for (const special of specialTexts) {
    const index = turn.lastIndexOf(special);
    if (index !== -1) end = Math.max(end, index + special.length);
  }
  return end > 0 && turn.slice(end).trim() === "" ? end : turn.length;
}
