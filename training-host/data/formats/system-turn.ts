import type { ChatTemplate, Message } from "../chat-template";

/**
 * The messages as `template` can write them: where it has no place for a turn of the system (Gemma's refuses it), that turn's
 * words begin the user's first turn, as Gemma's documentation tells people to write them.
 */
export function withoutRefusedSystem(
  messages: readonly Message[],
  template: ChatTemplate,
): readonly Message[] {
  const [system, next, ...rest] = messages;
  if (system?.role !== "system" || template.takesSystem) return messages;
  if (system.content.trim() === "") return messages.slice(1);
  if (next?.role !== "user") return [{ ...system, role: "user" }, ...messages.slice(1)];
  return [{ ...next, content: `${system.content}\n\n${next.content}` }, ...rest];
}
