/** How chat data says who speaks, and where it keeps the turns. The same answer in the editor and in the training host. */
import type { DatasetFormat } from "./plan";

export type ChatFormat = Extract<DatasetFormat, { kind: "chat" }>;

export type ChatSpeaker = "system" | "user" | "assistant" | "tool";

const speakers = new Map<string, ChatSpeaker>([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["human", "user"],
  ["prompter", "user"],
  ["assistant", "assistant"],
  ["gpt", "assistant"],
  ["chatgpt", "assistant"],
  ["bing", "assistant"],
  ["bard", "assistant"],
  ["claude", "assistant"],
  ["model", "assistant"],
  ["bot", "assistant"],
  ["chatbot", "assistant"],
  ["function_call", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
  ["observation", "tool"],
]);

/** The names that are known, for people. */
export const speakerNames: readonly string[] = [...speakers.keys()];

/** The speaker that a role name of common chat data stands for ("human" and "gpt" are ShareGPT's); null for an unknown one. */
export function chatSpeaker(role: string): ChatSpeaker | null {
  return speakers.get(role.trim().toLowerCase()) ?? null;
}

/** Column of the turns, and the fields of a turn. */
export interface ChatColumns {
  messages: string;
  role: string;
  text: string;
}

/** The names that are meant where a format names none: OpenAI's. */
const openAi: ChatColumns = { messages: "messages", role: "role", text: "content" };
const shareGpt: ChatColumns = { messages: "conversations", role: "from", text: "value" };

/**
 * Where a row has its turns. ShareGPT's names are recognised by themselves: its column where the format names no other and the
 * row has no `messages`, its fields where the format names no others and the first turn has those instead.
 */
export function chatColumns(format: ChatFormat, row: Readonly<Record<string, unknown>>): ChatColumns {
  const named = format.messages !== openAi.messages || Object.hasOwn(row, openAi.messages);
  const messages = named || !Object.hasOwn(row, shareGpt.messages) ? format.messages : shareGpt.messages;
  const turns = Object.hasOwn(row, messages) ? row[messages] : undefined;
  const first: unknown = Array.isArray(turns) ? turns[0] : undefined;
  const fields =
    format.role === openAi.role && format.text === openAi.text && isShareGptTurn(first) ? shareGpt : format;
  return { messages, role: fields.role, text: fields.text };
}

function isShareGptTurn(turn: unknown): boolean {
  if (typeof turn !== "object" || turn === null) return false;
  const has = (name: string) => Object.hasOwn(turn, name);
  return has(shareGpt.role) && has(shareGpt.text) && !(has(openAi.role) && has(openAi.text));
}
