/** From what a person asks to the tokens that the model goes on from. */
import type { ChatMessage, Prompt } from "../../contracts/model-protocol";
import type { DatasetFormat } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import type { Rendering } from "../data/chat-template";
import { encodeExample } from "../data/encode-example";
import type { Piece } from "../data/formats/piece";
import { rowPieces } from "../data/formats/row-pieces";
import { withoutRefusedSystem } from "../data/formats/system-turn";
import type { Tokenizer } from "../data/tokenizer";
import type { LoadedModel } from "./loaded-model";

/**
 * At least one token. `shown` names the prompt in errors.
 * @throws UserError when the template refuses the messages (its words), or prompt and answer do not fit into the context.
 */
export function promptIds(prompt: Prompt, loaded: LoadedModel, shown: string): number[] {
  const ids = encodePrompt(prompt, loaded, shown);
  const { contextLength } = loaded;
  if (contextLength !== null && ids.length >= contextLength)
    throw new UserError(
      "bad-row",
      `${shown} has ${ids.length} tokens, and the model's context has room for ${contextLength} with the answer.`,
      "Make the prompt shorter.",
    );
  // Without any token there would be nothing to go on from: as transformers does, a text is begun.
  return ids.length > 0 ? ids : [loaded.tokenizer.bosId ?? loaded.tokenizer.eosId];
}

function encodePrompt(prompt: Prompt, { tokenizer, rendering }: LoadedModel, shown: string): number[] {
  switch (prompt.kind) {
    case "text":
      return [...tokenizer.beginning, ...tokenizer.encode(prompt.text)];
    case "chat":
      return rendering.template === null
        ? encodePieces(plainConversation(prompt.messages, rendering), tokenizer)
        : tokenizer.encode(renderChat(prompt.messages, rendering, shown));
    case "row":
      return encodePieces(rowPrompt(prompt, rendering), tokenizer);
  }
}

function renderChat(messages: readonly ChatMessage[], { template }: Rendering, shown: string): string {
  try {
    return template!.render(withoutRefusedSystem(messages, template!), true);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      "bad-template",
      `${shown}: the model's chat template refuses this conversation: ${(error as Error).message}.`,
    );
  }
}

const plainChat: DatasetFormat = { kind: "chat", messages: "messages", role: "role", text: "content" };

/** As a model without a template is trained on conversations, up to where the assistant's words begin. */
function plainConversation(messages: readonly ChatMessage[], rendering: Rendering): Piece[] {
  const value = { messages: [...messages, { role: "assistant", content: "" }] };
  return withoutLastAnswer(rowPieces(plainChat, { value, place: "", source: "", bytesRead: 0 }, rendering));
}

function rowPrompt({ format, row, place }: Extract<Prompt, { kind: "row" }>, rendering: Rendering): Piece[] {
  const pieces = rowPieces(format, { value: row, place, source: "", bytesRead: 0 }, rendering);
  if (format.kind === "text")
    return pieces.filter((piece) => !("special" in piece && piece.special === "eos"));
  return withoutLastAnswer(pieces);
}

/** The pieces before the last ones that the model has to write. */
function withoutLastAnswer(pieces: readonly Piece[]): Piece[] {
  const last = pieces.findLastIndex((piece) => piece.learned);
  const before = pieces.slice(0, last + 1).findLastIndex((piece) => !piece.learned);
  return pieces.slice(0, before + 1);
}

function encodePieces(pieces: readonly Piece[], tokenizer: Tokenizer): number[] {
  return [...encodeExample(pieces, tokenizer, Number.POSITIVE_INFINITY).example.ids];
}
