import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { TemplateConfig } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import {
  type JinjaProgram,
  type JinjaScope,
  jinjaScope,
  LONGEST_TEMPLATE,
  parseJinja,
  renderJinja,
  TooMuchWork,
} from "./bounded-jinja";
import { chatmlTemplate, chatmlTokens } from "./templates/chatml";
import { vicunaTemplate } from "./templates/vicuna";
import type { Tokenizer } from "./tokenizer";

export interface Message {
  role: string;
  content: string;
  /** What else templates may look at (`tool_calls`, `name`, ...). A `content` among them takes the place of the one above. */
  members?: Readonly<Record<string, unknown>>;
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
  if (facts.size > LONGEST_TEMPLATE) {
    throw new UserError(
      "bad-template",
      `The chat template ${file} has ${facts.size} bytes; templates are at most ${LONGEST_TEMPLATE} bytes long.`,
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

/** A stretch of a text: first character, and the one after the last. */
export type Span = readonly [from: number, to: number];

/** transformers' own statement: what is between is what the assistant has to write. */
const GENERATION = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

/** A model's chat template: Jinja source as in `tokenizer_config.json`. */
export class ChatTemplate {
  /** The template has `{% generation %}` blocks, which say themselves what is learned. */
  readonly marksGeneration: boolean;
  readonly #program: JinjaProgram;
  readonly #scope: JinjaScope;
  #generationPrompt: string | null | undefined;
  #takesSystem: boolean | undefined;

  /** `specialTokens` maps `bos_token`, `eos_token`, ... to their texts. Throws UserError "bad-template" for bad Jinja. */
  constructor(
    readonly source: string,
    specialTokens: ReadonlyMap<string, string>,
  ) {
    const withCalls = source.replace(
      GENERATION,
      (_, left: string, end: string | undefined, right: string) => {
        return `{%${left} ${end === undefined ? "call generation_block()" : "endcall"} ${right}%}`;
      },
    );
    this.marksGeneration = withCalls !== source;
    try {
      this.#program = parseJinja(withCalls);
    } catch (error) {
      throw new UserError("bad-template", `The chat template cannot be read: ${reason(error)}.`);
    }
    this.#scope = jinjaScope({
      // Those that transformers always passes.
      ...{ tools: null, documents: null, strftime_now: formatFixedDate },
      ...Object.fromEntries(specialTokens),
    });
  }

  /**
   * Throws an Error with the template's own words when the template refuses the messages, and UserError "bad-template" when it
   * does far more than there is to do.
   */
  render(messages: readonly Message[], addGenerationPrompt: boolean): string {
    return this.#render(messages, addGenerationPrompt, (written) => written);
  }

  /** The same without generation prompt, and where the `{% generation %}` blocks are in it. */
  renderGenerated(messages: readonly Message[]): { text: string; generated: Span[] } {
    const marks = new Marks(messages);
    return marks.find(this.#render(messages, false, (written) => marks.around(written)));
  }

  /** What stands before an answer, e.g. `<|im_start|>assistant\n`; null when that cannot be told. */
  get generationPrompt(): string | null {
    this.#generationPrompt ??= this.#findGenerationPrompt();
    return this.#generationPrompt;
  }

  /** false: it refuses a turn of the system, or leaves it out. */
  get takesSystem(): boolean {
    this.#takesSystem ??= this.#tryOutSystem();
    return this.#takesSystem;
  }

  #findGenerationPrompt(): string | null {
    const without = this.#attempt([question], false);
    const prompt = this.#attempt([question], true);
    if (without === null || prompt === null) return null;
    if (prompt.startsWith(without)) return prompt.slice(without.length);
    // A template may end the whole text where no answer is asked for (Phi 3). Then all that is between the two turns' words.
    const asked = prompt.lastIndexOf(question.content);
    const answered = this.#attempt([question, answer], false)?.startsWith(prompt) === true;
    return asked >= 0 && answered ? prompt.slice(asked + question.content.length) : null;
  }

  #tryOutSystem(): boolean {
    const system = { role: "system", content: "Mention the lighthouse." };
    const both = this.#attempt([system, question, answer], false);
    if (both?.includes(system.content) === true) return true;
    // A template that refuses everything has its own reason.
    return this.#attempt([question, answer], false) === null;
  }

  #attempt(messages: readonly Message[], addGenerationPrompt: boolean): string | null {
    try {
      return this.render(messages, addGenerationPrompt);
    } catch (error) {
      if (error instanceof UserError) throw error;
      return null;
    }
  }

  #render(
    messages: readonly Message[],
    addGenerationPrompt: boolean,
    generation: (written: string) => string,
  ): string {
    const given = messages.map(({ role, content, members }) => ({ role, content, ...members }));
    const variables = { messages: given, add_generation_prompt: addGenerationPrompt };
    const size = { messages: messages.length, characters: messages.reduce(addCharacters, 0) };
    try {
      const blocks = { generation_block: generation };
      return renderJinja(this.#program, { scope: this.#scope, variables, blocks, ...size });
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      throw new UserError(
        "bad-template",
        `The chat template was stopped: for a conversation of ${size.messages} turns with ${size.characters} characters it does far more than there is to do (${error.message}).`,
        "It loops, or doubles a text: use another template.",
      );
    }
  }
}

const question: Message = { role: "user", content: "Where is it?" };
const answer: Message = { role: "assistant", content: "Over there." };

function addCharacters(sum: number, { content, members }: Message): number {
  return sum + content.length + (members === undefined ? 0 : JSON.stringify(members).length);
}

/** Marks a stretch of what a template writes with two characters that the conversation does not have. */
class Marks {
  readonly #open: string;
  readonly #close: string;

  constructor(messages: readonly Message[]) {
    const free = unusedCharacters(messages);
    if (free === null) throw new Error("a turn has all of Unicode's noncharacters");
    [this.#open, this.#close] = free;
  }

  around(written: string): string {
    return `${this.#open}${written}${this.#close}`;
  }

  find(marked: string): { text: string; generated: Span[] } {
    const generated: Span[] = [];
    let text = "";
    for (const [index, part] of marked.split(this.#open).entries()) {
      const [within, ...after] = part.split(this.#close);
      // The first part is before any mark; blocks lie side by side, not in each other.
      if (index > 0 && within !== "") generated.push([text.length, text.length + within!.length]);
      text += within! + after.join("");
    }
    return { text, generated };
  }
}

/** Two of Unicode's noncharacters, which texts do not have (U+FDD0 to U+FDEF: "for internal use"); null: these do. */
export function unusedCharacters(messages: readonly Message[]): [string, string] | null {
  const given = JSON.stringify(messages);
  const free: string[] = [];
  for (let code = 0xfdd0; code <= 0xfdef && free.length < 2; code++) {
    const character = String.fromCharCode(code);
    if (!given.includes(character)) free.push(character);
  }
  return free.length < 2 ? null : (free as [string, string]);
}

/**
 * Some templates write today's date into the system turn. Training data must not change overnight (a resumed run has to equal
 * an uninterrupted one), so the date is always 26 July 2024: the one Llama 3.1's template falls back to.
 */
function formatFixedDate(format: unknown): string {
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
  return String(format).replace(/%[a-zA-Z%]/g, (field) => fields[field] ?? field);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
