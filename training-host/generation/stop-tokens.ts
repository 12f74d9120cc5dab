/** The tokens at which an answer ends. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Rendering } from "../data/chat-template";
import { templatePieces } from "../data/formats/template-pieces";
import type { Tokenizer } from "../data/tokenizer";
import { readJsonObject } from "../model/checkpoint/json-file";

/**
 * The tokenizer's end of text, every `eos_token_id` of generation_config.json and config.json in the model's folders (a number or a list), and what
 * the chat template puts behind the assistant's words: chat models end a turn by another token than a text.
 * @throws UserError "bad-model" for a config that is not JSON.
 */
export function findStopTokens(
  folders: readonly string[],
  tokenizer: Tokenizer,
  rendering: Rendering,
): ReadonlyMap<number, string> {
  const ids = new Set([
    tokenizer.eosId,
    ...folders.flatMap(idsOfConfigs),
    ...endOfTurn(tokenizer, rendering),
  ]);
  return new Map([...ids].filter((id) => id < tokenizer.vocabSize).map((id) => [id, tokenizer.decode([id])]));
}

function idsOfConfigs(folder: string): number[] {
  return ["generation_config.json", "config.json"].flatMap((name) => {
    const file = path.join(folder, name);
    const ids = fs.existsSync(file) ? readJsonObject(file).eos_token_id : null;
    return [ids].flat().filter((id): id is number => Number.isInteger(id) && (id as number) >= 0);
  });
}

/** The special token with which the template ends a turn of the assistant; none where it ends it by other means. */
function endOfTurn(tokenizer: Tokenizer, { template, specialTexts }: Rendering): number[] {
  if (template === null) return [];
  const words = "Yes";
  try {
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: words },
    ];
    const pieces = templatePieces(messages, template, specialTexts, "a short conversation");
    const answer = pieces.find((piece) => piece.learned);
    if (answer === undefined || "special" in answer) return [];
    const behind = answer.text.slice(answer.text.indexOf(words) + words.length).trimStart();
    const special = specialTexts.filter((text) => behind.startsWith(text)).sort(longerFirst)[0];
    return special === undefined ? [] : tokenizer.encode(special).slice(0, 1);
  } catch {
    // A template that refuses even this says so where it is used.
    return [];
  }
}

function longerFirst(a: string, b: string): number {
  return b.length - a.length;
}
