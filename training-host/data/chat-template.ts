import { Template } from "@huggingface/jinja";
import { UserError } from "../../contracts/user-error";

export interface Message {
  role: string;
  content: string;
}

// The library refuses a variable named as one of its own functions; the empty output keeps a line end that may follow.
const FIX_DATE = "{% set strftime_now = fixed_date %}{{ '' }}";

/** A model's chat template: Jinja source as in `tokenizer_config.json`. */
export class ChatTemplate {
  readonly #template: Template;
  readonly #variables: Record<string, unknown>;

  /** `specialTokens` maps `bos_token`, `eos_token`, ... to their texts. Throws UserError "bad-tokenizer" for bad Jinja. */
  constructor(source: string, specialTokens: ReadonlyMap<string, string>) {
    try {
      this.#template = new Template(FIX_DATE + source);
    } catch (error) {
      throw new UserError("bad-tokenizer", `The model's chat template cannot be read: ${reason(error)}.`);
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
