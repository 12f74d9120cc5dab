/** Where `mos generate` takes its prompts from. */
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Prompt } from "../../contracts/model-protocol";
import type { GenerateOptions } from "../commands/generate";
import { UsageError } from "../report-error";
import { readFormat } from "../statement-words";

export interface NamedPrompt {
  prompt: Prompt;
  /** What is shown of it: the text, or the place of the row. */
  shown: string;
}

type Source = Pick<GenerateOptions, "prompt" | "chat" | "system" | "data" | "format" | "limit">;

/** @throws UsageError for options that do not go together. */
export function promptsOf(
  options: Source,
  stdin: NodeJS.ReadStream,
): AsyncIterable<NamedPrompt> | "conversation" {
  const { prompt, chat, system, data, format, limit } = options;
  if (system !== undefined && !chat) throw new UsageError("--system is for --chat.");
  if (data !== undefined) {
    if (prompt.length > 0 || chat)
      throw new UsageError("--data brings its own prompts: leave out --prompt and --chat.");
    if (format === undefined)
      throw new UsageError("--data needs --format, which says what a row looks like.");
    return rowsAsPrompts(data, format, limit ?? null);
  }
  if (format !== undefined || limit !== undefined)
    throw new UsageError("--format and --limit are for --data.");
  const named = (text: string): NamedPrompt => ({
    prompt: asPrompt(text, chat === true, system),
    shown: text,
  });
  if (prompt.length > 0) return each(prompt.map(named));
  if (!stdin.isTTY) return linesAsPrompts(stdin, named);
  if (chat) return "conversation";
  throw new UsageError(
    "There is nothing to go on from: give --prompt, --chat, --data, or lines on the input.",
  );
}

function asPrompt(text: string, chat: boolean, system: string | undefined): Prompt {
  if (!chat) return { kind: "text", text };
  const first = system === undefined ? [] : [{ role: "system" as const, content: system }];
  return { kind: "chat", messages: [...first, { role: "user", content: text }] };
}

async function* each(prompts: readonly NamedPrompt[]): AsyncGenerator<NamedPrompt> {
  yield* prompts;
}

/** Empty lines are no prompts. */
async function* linesAsPrompts(
  input: NodeJS.ReadableStream,
  named: (text: string) => NamedPrompt,
): AsyncGenerator<NamedPrompt> {
  for await (const line of createInterface({ input })) if (line.trim() !== "") yield named(line);
}

async function* rowsAsPrompts(
  data: string,
  words: string,
  limit: number | null,
): AsyncGenerator<NamedPrompt> {
  const format = readFormat(words);
  const { openRows } = await import("../../training-host/data/rows/row-source");
  const { userCacheFolder } = await import("../../training-host/tensor/ladder/probe-cache");
  const location = { path: data, baseDirectory: process.cwd() };
  const rows = await openRows(location, { cacheFolder: path.join(userCacheFolder(), "data") });
  try {
    for await (const row of rows.scan(0, Math.min(rows.size, limit ?? rows.size))) {
      if (row.malformed !== null) throw row.malformed;
      const { value, place } = row;
      yield { prompt: { kind: "row", format, row: value, place }, shown: place };
    }
  } finally {
    await rows.close();
  }
}
