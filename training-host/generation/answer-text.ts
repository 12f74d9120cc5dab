/** Turns the tokens of an answer into text as they come, and finds the texts at which it ends. */
import type { Tokenizer } from "../data/tokenizer";

/** Tokens of the prompt's end that are decoded along: some tokenizers write a space only where something stands before it. */
const TOKENS_BEFORE = 6;
/** Bytes of a character that may lack its last one. */
const LONGEST_INCOMPLETE = 3;
/** Tokens that bring no whole character are no text in UTF-8: what there is of them is shown. */
const MOST_PENDING = 16;

const REPLACEMENT = "\uFFFD";
/** An emoji whose next part follows, or the first half of a flag. */
const UNFINISHED_END = /(?:\u200D|(?<!\p{RI})(?:\p{RI}\p{RI})*\p{RI})$/u;

export class AnswerText {
  /** Decoded already, as far as they are needed to decode what follows. */
  private before: number[];
  /** Tokens since then. */
  private pending: number[] = [];
  /** Of the pending tokens' text, what has been given out. */
  private given = "";
  /** Given out by the decoder, but perhaps the beginning of a stop text. */
  private held = "";
  /** The stop text that has come; null: none yet. */
  stopped: string | null = null;

  /** Tokens of which `isHidden` (special ones) are no part of the text. */
  constructor(
    private readonly tokenizer: Pick<Tokenizer, "decode">,
    private readonly isHidden: (id: number) => boolean,
    prompt: readonly number[],
    private readonly stop: readonly string[],
  ) {
    this.before = prompt.slice(-TOKENS_BEFORE).filter((id) => !isHidden(id));
  }

  /** The text that the next token completes; "" while it is not known. Nothing comes after a stop text. */
  add(id: number): string {
    if (this.stopped !== null || this.isHidden(id)) return "";
    this.pending.push(id);
    return this.untilStop(this.decodePending(false), false);
  }

  /** What is left when no more tokens come. */
  end(): string {
    if (this.stopped !== null) return "";
    return this.untilStop(this.decodePending(true), true);
  }

  private decodePending(isLast: boolean): string {
    if (this.pending.length === 0) return "";
    const text = this.textOfPending();
    const isWhole = isLast || this.pending.length > MOST_PENDING || !isUnfinished(text);
    const shown = isWhole ? text : settledPart(text);
    const fresh = shown.slice(this.given.length);
    this.given += fresh;
    if (isWhole) {
      this.before = [...this.before, ...this.pending].slice(-TOKENS_BEFORE);
      this.pending = [];
      this.given = "";
    }
    return fresh;
  }

  private textOfPending(): string {
    const before = this.tokenizer.decode(this.before);
    const all = this.tokenizer.decode([...this.before, ...this.pending]);
    return all.slice(commonLength(before, all));
  }

  /** `fresh` up to a stop text; what may be the beginning of one is held back. */
  private untilStop(fresh: string, isLast: boolean): string {
    const text = this.held + fresh;
    const found = this.stop
      .map((stop) => ({ stop, at: text.indexOf(stop) }))
      .filter(({ at }) => at !== -1)
      .sort((a, b) => a.at - b.at || b.stop.length - a.stop.length)[0];
    if (found) {
      this.stopped = found.stop;
      this.held = "";
      return text.slice(0, found.at);
    }
    const held = isLast ? 0 : Math.max(0, ...this.stop.map((stop) => overlap(text, stop)));
    this.held = text.slice(text.length - held);
    return text.slice(0, text.length - held);
  }
}

function isUnfinished(text: string): boolean {
  return text.endsWith(REPLACEMENT) || UNFINISHED_END.test(text);
}

/** Without what more bytes may still change, or what belongs to what they become. */
function settledPart(text: string): string {
  let end = text.length;
  while (end > 0 && text.length - end < LONGEST_INCOMPLETE && text[end - 1] === REPLACEMENT) end--;
  return text.slice(0, end).replace(UNFINISHED_END, "");
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The length of the longest end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
