/** Text to tokens. Every character belongs to exactly one token: joining the tokens' texts gives the text back. */

export type TokenKind =
  | "name"
  | "string"
  /** With its glued suffix, as in `3%` or `12k`. */
  | "number"
  | "."
  | ".."
  | "="
  | ","
  | ";"
  | "{"
  | "}"
  | "["
  | "]"
  /** `/-`, which disables the statement that follows. */
  | "/-"
  | "newline"
  | "space"
  | "line-comment"
  | "doc-comment"
  | "block-comment"
  | "unknown"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const NUMBER = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** Letters glued to a number: its unit, or part of a name that needs quotes. */
const SUFFIX = /%|[\p{L}_][\p{L}\p{N}_-]*/uy;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_-]*/uy;
const SPACE = /[^\S\r\n]+|\uFEFF/y;
const PUNCTUATION = new Set([".", "=", ",", ";", "{", "}", "[", "]"]);

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const [kind, end] = tokenAt(text, at);
    tokens.push({ kind, start: at, end });
    at = end;
  }
  tokens.push({ kind: "end", start: at, end: at });
  return tokens;
}

function tokenAt(text: string, at: number): [TokenKind, number] {
  const character = text[at] as string;
  if (character === "\n") return ["newline", at + 1];
  if (character === "\r") return ["newline", text[at + 1] === "\n" ? at + 2 : at + 1];
  if (character === "/") return comment(text, at);
  if (character === '"') return ["string", endOfString(text, at)];
  const number = matchEnd(NUMBER, text, at);
  if (number > at) return ["number", Math.max(number, matchEnd(SUFFIX, text, number))];
  if (character === "." && text[at + 1] === ".") return ["..", at + 2];
  if (PUNCTUATION.has(character)) return [character as TokenKind, at + 1];
  const space = matchEnd(SPACE, text, at);
  if (space > at) return ["space", space];
  const name = matchEnd(NAME, text, at);
  if (name > at) return ["name", name];
  return ["unknown", at + (text.codePointAt(at)! > 0xffff ? 2 : 1)];
}

function comment(text: string, at: number): [TokenKind, number] {
  const next = text[at + 1];
  if (next === "-") return ["/-", at + 2];
  if (next === "*") {
    const close = text.indexOf("*/", at + 2);
    return ["block-comment", close < 0 ? text.length : close + 2];
  }
  if (next !== "/") return ["unknown", at + 1];
  const isDoc = text[at + 2] === "/" && text[at + 3] !== "/";
  return [isDoc ? "doc-comment" : "line-comment", endOfLine(text, at)];
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i];
    if (character === "\n" || character === "\r") return i;
    if (character === '"') return i + 1;
    if (character === "\\" && text[i + 1] !== "\n" && text[i + 1] !== "\r") i++;
  }
  return text.length;
}

export function endOfLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
