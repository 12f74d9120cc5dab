import { type ChatFormat, type ChatSpeaker, chatColumns, chatSpeaker } from "../../../contracts/chat-turns";
import type { Message } from "../chat-template";
import type { Piece } from "./piece";

type Turn = Record<string, unknown>;
type Row = Record<string, Turn[]>;

const labels: Record<ChatSpeaker, string> = {
  system: "System",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
};

/**
 * Without a chat template, one turn per paragraph: `System: ...`, `User: ...`, `Assistant: ...`. The assistant's words are
 * learned, with the space before them and an eos after them.
 */
export function chatPieces(format: ChatFormat, row: Row): Piece[] {
  return chatMessages(format, row).flatMap(({ role, content }, index): Piece[] => {
    const separator = index === 0 ? "" : "\n";
    const label = `${separator}${labels[role as ChatSpeaker]}:`;
    if (role !== "assistant") return [{ text: `${label} ${content}`, learned: false }];
    return [
      { text: label, learned: false },
      { text: ` ${content}`, learned: true },
      { special: "eos", learned: true },
    ];
  });
}

/** The turns up to the assistant's last one: nothing is learned from what follows it. */
export function chatMessages(format: ChatFormat, row: Row): Message[] {
  const { messages: column, role, text } = chatColumns(format, row);
  const messages = row[column]!.map((turn): Message => {
    const { [role]: speaker, [text]: said, ...others } = turn;
    const members = withoutWords(said) ? { ...others, content: null } : others;
    const message = { role: chatSpeaker(String(speaker))!, content: wordsOf(said) };
    return Object.keys(members).length === 0 ? message : { ...message, members: plainValues(members) };
  });
  return messages.slice(0, messages.findLastIndex(({ role }) => role === "assistant") + 1);
}

/** The turn calls a tool instead. Templates look for that, so they are shown that there is no text rather than an empty one. */
function withoutWords(said: unknown): boolean {
  return said === null || said === undefined;
}

/** A text, or the texts of a list of parts. */
function wordsOf(said: unknown): string {
  if (Array.isArray(said)) return said.map(({ text }: { text: string }) => text).join("");
  return typeof said === "string" ? said : "";
}

/** As JSON has them: Parquet knows whole numbers beyond 2^53, dates and bytes, which templates do not. */
function plainValues(members: Turn): Turn {
  return JSON.parse(
    JSON.stringify(members, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
  ) as Turn;
}
