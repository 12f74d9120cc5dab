import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { Template } from "@huggingface/jinja";
import type { TemplateConfig } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import { chatmlTemplate, chatmlTokens } from "./templates/chatml";
import { vicunaTemplate } from "./templates/vicuna";
import type { Tokenizer } from "./tokenizer";

export interface Message {
  role: string;
  content: string;
}

/** How conversations are written: with a chat template, or plainly when `template` is null. */
export interface Rendering {
  template: ChatTemplate | null;
  /** Texts of the tokenizer's special tokens, to find the end of a turn. */
  specialTexts: readonly string[];
}

/** What a rendering needs of a tokenizer. */
export type TokenizerOfRendering = Pick<Tokenizer, "chatTemplate" | "specialTokens" | "specialTexts">;

/** Reads what `templateSource` reads, and makes it ready to render. Throws UserError "bad-template" or "file-missing". */
export async function renderingFor(
  tokenizer: TokenizerOfRendering,
  template: TemplateConfig,
  baseDirectory: string,
): Promise<Rendering> {
  return renderingOf(tokenizer, await templateSource(tokenizer, template, baseDirectory));
}

/** The same from the Jinja source, e.g. in a worker thread that got it sent; null: plainly. */
export function renderingOf(tokenizer: TokenizerOfRendering, source: string | null): Rendering {
  return {
    template: source === null ? null : new ChatTemplate(source, tokenizer.specialTokens),
    specialTexts: tokenizer.specialTexts,
  };
}

/** The Jinja source that a plan's `model.template` means; null: conversations are written plainly. It decides the tokens: hash it. */
export async function templateSource(
  tokenizer: TokenizerOfRendering,
  template: TemplateConfig,
  baseDirectory: string,
): Promise<string | null> {
  switch (template.kind) {
    case "own":
      return tokenizer.chatTemplate;
    case "none":
      return null;
    case "chatml":
      needTokens(tokenizer, chatmlTokens);
      return chatmlTemplate;
    case "vicuna":
      return vicunaTemplate;
    case "file":
      return readTemplateFile(template.path, baseDirectory);
  }
}

function needTokens(tokenizer: TokenizerOfRendering, texts: readonly string[]): void {
  const lacking = texts.find((text) => !tokenizer.specialTexts.includes(text));
  if (lacking === undefined) return;
  throw new UserError(
    "bad-template",
    `The template chatml cannot be used: the model's tokenizer has no special token ${lacking}.`,
    "Use the template vicuna, which any tokenizer can write, or one of your own in a file.",
  );
}

/** Published templates have up to some 30 KB. */
const LARGEST_TEMPLATE = 2 ** 18;

async function readTemplateFile(file: string, baseDirectory: string): Promise<string> {
  const location = path.resolve(baseDirectory, file);
  const facts = await stat(location).catch(() => null);
  if (facts === null) {
    throw new UserError(
      "file-missing",
      `The chat template ${file} does not exist; it was looked for at ${location}.`,
    );
  }
  if (!facts.isFile()) throw new UserError("bad-template", `The chat template ${file} is not a file.`);
  if (facts.size > LARGEST_TEMPLATE) {
    throw new UserError(
      "bad-template",
      `The chat template ${file} has ${facts.size} bytes; templates are at most ${LARGEST_TEMPLATE} bytes long.`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(location));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8" : `${code}`;
    throw new UserError("file-unreadable", `The chat template ${file} cannot be read: ${why}.`);
  }
}

// The library refuses a variable named as one of its own functions; the empty output keeps a line end that may follow.
const FIX_DATE = "{% set strftime_now = fixed_date %}{{ '' }}";

/** A model's chat template: Jinja source as in `tokenizer_config.json`. */
export class ChatTemplate {
  readonly #template: Template;
  readonly #variables: Record<string, unknown>;

  /** `specialTokens` maps `bos_token`, `eos_token`, ... to their texts. Throws UserError "bad-template" for bad Jinja. */
  constructor(
    readonly source: string,
    specialTokens: ReadonlyMap<string, string>,
  ) {
    try {
      this.#template = new Template(FIX_DATE + source);
    } catch (error) {
      throw new UserError("bad-template", `The model's chat template cannot be read: ${reason(error)}.`);
    }
    this.#variables = { ...Object.fromEntries(specialTokens), fixed_date: formatFixedDate };
  }

  /** Throws an Error with the template's own words when the template refuses the messages. */
  render(messages: readonly Message[], addGenerationPrompt: boolean): string {
    return this.#template.render({
      ...this.#variables,
      messages,
      add_generation_prompt: addGenerationPrompt,
    });
  }
}

/**
 * Some templates write today's date into the system turn. Training data must not change overnight (a resumed run has to equal
 * an uninterrupted one), so the date is always 26 July 2024: the one Llama 3.1's template falls back to.
 */
function formatFixedDate(format: string): string {
  const fields: Record<string, string> = {
    "%Y": "2024",
    "%y": "24",
    "%m": "07",
    "%B": "July",
    "%b": "Jul",
    "%d": "26",
    "%A": "Friday",
    "%a": "Fri",
    "%H": "00",
    "%M": "00",
    "%S": "00",
    "%%": "%",
  };
  return format.replace(/%[a-zA-Z%]/g, (field) => fields[field] ?? field);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
