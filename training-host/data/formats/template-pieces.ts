import { UserError } from "../../../contracts/user-error";
import type { ChatTemplate, Message, Span } from "../chat-template";
import { findAnswers } from "./answer-spans";
import type { Piece } from "./piece";
import { withoutRefusedSystem } from "./system-turn";

/**
 * A conversation as the model's chat template writes it. Learned is what the model has to write itself: what the template's
 * `{% generation %}` blocks say; without such blocks each turn of the assistant after its generation prompt, up to and including
 * the token that ends the turn.
 *
 * All the pieces are one text: their token ids are those of the whole (as in transformers), and a token is learned when any of
 * its characters is.
 *
 * Throws UserError "bad-row" when the template refuses the conversation, or it cannot be seen what the assistant wrote, and
 * "bad-template" when the template does not come to an end.
 */
export function templatePieces(
  given: readonly Message[],
  template: ChatTemplate,
  specialTexts: readonly string[],
  place: string,
): Piece[] {
  const messages = withoutRefusedSystem(given, template);
  const conversation: Conversation = { messages, template, place, folded: given.length - messages.length };
  const { text, learned } = template.marksGeneration
    ? marked(conversation)
    : found(conversation, specialTexts);
  return cut(text, learned);
}

interface Conversation {
  messages: readonly Message[];
  template: ChatTemplate;
  place: string;
  /** Turns of the row that became a part of another one: turn numbers in messages are the row's. */
  folded: number;
}

interface Written {
  text: string;
  learned: readonly Span[];
}

function marked(conversation: Conversation): Written {
  const { template, messages } = conversation;
  const { text, generated } = orRefusal(conversation, () => template.renderGenerated(messages));
  return { text, learned: generated };
}

function found(conversation: Conversation, specialTexts: readonly string[]): Written {
  const { template, messages } = conversation;
  const text = orRefusal(conversation, () => template.render(messages, false));
  const learned =
    findAnswers(text, messages, template, specialTexts) ?? findByPrefix(conversation, text, specialTexts);
  return { text, learned };
}

/** The slow way, for templates without a generation prompt or without a token at the end of a turn: two renderings for each turn. */
function findByPrefix(conversation: Conversation, text: string, specialTexts: readonly string[]): Span[] {
  const { template, messages } = conversation;
  const spans: Span[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== "assistant") continue;
    const until = (end: number, asked: boolean) =>
      orRefusal(conversation, () => template.render(messages.slice(0, end), asked), end);
    const prompt = until(index, true);
    const turn = until(index + 1, false);
    if (!turn.startsWith(prompt)) throw differentPrompt(conversation, index, prompt);
    const end = prompt.length + learnedLength(turn.slice(prompt.length), specialTexts);
    if (!text.startsWith(turn.slice(0, end))) throw notAPrefix(conversation, index);
    spans.push([prompt.length, end]);
  }
  return spans;
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

function cut(text: string, learned: readonly Span[]): Piece[] {
  const pieces: Piece[] = [];
  const add = (from: number, to: number, learned: boolean) => {
    if (to > from)
      pieces.push({ text: text.slice(from, to), learned, ...(pieces.length > 0 ? { joined: true } : {}) });
  };
  let done = 0;
  for (const [from, to] of learned) {
    add(done, from, false);
    add(from, to, true);
    done = to;
  }
  add(done, text.length, false);
  return pieces;
}

/** `turns`: of the messages that are rendered; all of them where nothing is said. */
function orRefusal<T>(conversation: Conversation, render: () => T, turns?: number): T {
  try {
    return render();
  } catch (error) {
    throw error instanceof UserError
      ? new UserError(error.reason, `${conversation.place}: ${error.message}`, error.advice)
      : refusal(conversation, (error as Error).message, turns);
  }
}

function refusal(conversation: Conversation, words: string, turns?: number): UserError {
  const turn = refusedTurn(conversation, turns ?? conversation.messages.length);
  const where = turn === null ? "this conversation" : `${shownTurn(conversation, turn)} of this conversation`;
  return new UserError(
    "bad-row",
    `${conversation.place}: the chat template refuses ${where}: ${words.replace(/\.$/, "")}.`,
    "Change the row, leave such rows out with `malformed skip`, or use another template (`template vicuna` takes turns in any order).",
  );
}

/** The first turn with which the template refuses what it took before; null when it refuses even the first one, or not. */
function refusedTurn({ template, messages }: Conversation, turns: number): number | null {
  for (let count = 1; count <= turns; count++) {
    try {
      template.render(messages.slice(0, count), false);
    } catch {
      return count - 1;
    }
  }
  return null;
}

function shownTurn({ messages, folded }: Conversation, index: number): string {
  return `turn ${index + 1 + folded} (${messages[index]!.role})`;
}

function differentPrompt(conversation: Conversation, index: number, prompt: string): UserError {
  const line = JSON.stringify(prompt.slice(-40));
  return new UserError(
    "bad-row",
    `${conversation.place}: the chat template asks for an answer with ...${line} but writes ${shownTurn(conversation, index)} after something else, so it cannot be told which tokens the model has to learn.`,
    USE_ANOTHER,
  );
}

function notAPrefix(conversation: Conversation, index: number): UserError {
  return new UserError(
    "bad-row",
    `${conversation.place}: the chat template writes ${shownTurn(conversation, index)} differently when the conversation goes on, so it cannot be told which tokens the model has to learn.`,
    USE_ANOTHER,
  );
}

const USE_ANOTHER =
  "Put {% generation %} blocks into a copy of the template and name it with `template file`, or use the template chatml or vicuna.";
