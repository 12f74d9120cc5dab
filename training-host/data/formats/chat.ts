import type { DatasetFormat } from "../../../contracts/plan";
import { type ChatSpeaker, chatSpeaker } from "../../../contracts/row-format";
import type { Message } from "../chat-template";
import type { Piece } from "./piece";

type ChatFormat = Extract<DatasetFormat, { kind: "chat" }>;
type Row = Record<string, Record<string, string>[]>;

const labels: Record<ChatSpeaker, string> = { system: "System", user: "User", assistant: "Assistant" };

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
  const messages = row[format.messages]!.map((turn) => ({
    role: chatSpeaker(turn[format.role]!) as string,
    content: turn[format.text]!,
  }));
  return messages.slice(0, messages.findLastIndex(({ role }) => role === "assistant") + 1);
}
