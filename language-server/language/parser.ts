/** Tokens to a tree, by recursive descent. Never fails: what cannot be read becomes a diagnostic and the rest goes on. */
import type { Diagnostic, DiagnosticCode } from "./diagnostic";
import { type Token, type TokenKind, tokenize } from "./lexer";
import { LineIndex } from "./line-index";
import type {
  Block,
  ListItem,
  ListValue,
  NumberValue,
  Path,
  Property,
  Range,
  Segment,
  Statement,
  StringValue,
  SyntaxTree,
  Value,
} from "./syntax-tree";

export const LARGEST_FILE = 4 * 1024 * 1024;
export const DEEPEST_NESTING = 64;

/** Begin a statement at the top of a file. Followed by `{` on their line, they end a block that was left open. */
const BLOCK_KINDS = new Set(["model", "dataset", "experiment", "ablation", "sweep", "profile"]);
const LINE_KINDS = new Set(["mos", "import", "let", "ablate"]);

export function parse(text: string): SyntaxTree {
  if (text.length > LARGEST_FILE) return refuse(text);
  const tokens = tokenize(text);
  const first = new Parser(text, tokens, false).file();
  if (!first.problems.some((problem) => problem.code === "missing-brace")) return first;
  // A `}` is missing: indentation tells best where the block was meant to end.
  const second = new Parser(text, tokens, true).file();
  return second.problems.length <= first.problems.length ? second : first;
}

function refuse(text: string): SyntaxTree {
  const message = `This file is larger than ${LARGEST_FILE / 1024 / 1024} MiB; split it and use \`import\`.`;
  const problem: Diagnostic = { code: "file-too-large", severity: "error", message, start: 0, end: 1 };
  return { text, tokens: [], lines: new LineIndex(text), statements: [], problems: [problem] };
}

class Parser {
  private readonly problems: Diagnostic[] = [];
  private readonly lines: LineIndex;
  private at = 0;
  private depth = 0;
  /** End of the last token that was not space or comment. */
  private lastEnd = 0;
  private tooDeep = false;
  /** Index of the token behind the last value of the current list. */
  private afterLastItem = 0;

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly byIndentation: boolean,
  ) {
    this.lines = new LineIndex(text);
  }

  file(): SyntaxTree {
    const statements = this.statements(null, false);
    const problems = this.problems.sort((a, b) => a.start - b.start);
    return { text: this.text, tokens: this.tokens, lines: this.lines, statements, problems };
  }

  /** Statements up to the `}` of the block whose statement begins at `owner`, or to the end of the file. */
  private statements(owner: number | null, commas: boolean): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      const doc = this.skipBetweenStatements(commas);
      const token = this.peek();
      if (token.kind === "end") return statements;
      if (token.kind === "}") {
        if (owner !== null) return statements;
        this.report("extra-brace", token, "This `}` closes nothing; remove it.");
        this.next();
        continue;
      }
      if (owner !== null && this.endsOpenBlock(token, owner)) return statements;
      if (token.kind === "{") {
        this.orphanBlock(statements);
        continue;
      }
      const statement = this.statement(doc, commas);
      if (statement) statements.push(statement);
    }
  }

  /** Skips line ends, comments and `;`; returns the doc comment right above the next statement. */
  private skipBetweenStatements(commas: boolean): string {
    let doc: string[] = [];
    let lineBreaks = 0;
    for (;;) {
      const token = this.tokens[this.at] as Token;
      if (token.kind === "newline") {
        if (++lineBreaks > 1) doc = [];
      } else if (token.kind === "doc-comment") {
        lineBreaks = 0;
        if (this.startsLine(token)) doc.push(this.slice(token).slice(3).trim());
      } else if (token.kind === ";" || (commas && token.kind === ",")) {
        this.lastEnd = token.end;
      } else if (token.kind !== "space" && token.kind !== "line-comment" && token.kind !== "block-comment") {
        return doc.join("\n");
      }
      this.checkComment(token);
      this.at++;
    }
  }

  private endsOpenBlock(token: Token, owner: number): boolean {
    if (token.kind !== "name" || !this.startsLine(token)) return false;
    if (this.isTopLevel(token)) return true;
    return this.byIndentation && this.column(token.start) <= this.indentation(owner);
  }

  /** `model nano` is a key of an experiment, `model nano {` a declaration: only the latter ends blocks left open. */
  private isTopLevel(token: Token): boolean {
    if (this.column(token.start) > 0) return false;
    const name = this.slice(token);
    if (LINE_KINDS.has(name)) return true;
    if (!BLOCK_KINDS.has(name)) return false;
    for (let i = this.at; ; i++) {
      const kind = (this.tokens[i] as Token).kind;
      if (kind === "{") return true;
      if (kind === "newline" || kind === "end") return false;
    }
  }

  private statement(doc: string, commas: boolean): Statement | null {
    const start = this.peek().start;
    const disabled = this.peek().kind === "/-";
    if (disabled) this.next();
    const path = this.statementPath(commas);
    if (!path) {
      this.skipToLineEnd();
      return null;
    }
    const args: Value[] = [];
    const properties: Property[] = [];
    const block = this.rest(path, args, properties, commas);
    return { start, end: this.lastEnd, path, args, properties, block, doc, disabled };
  }

  private statementPath(commas: boolean): Path | null {
    const token = this.peek();
    if (token.kind === "name") return this.path();
    if (token.kind === "string" && commas) {
      const { text, start, end } = this.string();
      return { kind: "path", start, end, text, segments: [{ text, start, end }] };
    }
    const found = this.describe(token);
    this.report("unexpected-text", token, `A line begins with a key, such as \`train\`; found ${found}.`);
    return null;
  }

  /** Arguments, properties and block, to the end of the statement. */
  private rest(path: Path, args: Value[], properties: Property[], commas: boolean): Block | null {
    let block: Block | null = null;
    for (;;) {
      const token = this.peek();
      if (this.endsStatement(token) || (commas && token.kind === ",")) return block;
      if (block) {
        this.report("unexpected-text", token, "Begin a new line after `}`.");
        return block;
      }
      if (token.kind === "{") {
        block = this.block(path);
        if (!block.closed) return block;
      } else if (this.isProperty()) properties.push(this.property());
      else if (!this.argument(args, properties)) return block;
    }
  }

  private argument(args: Value[], properties: Property[]): boolean {
    const before = this.peek();
    const value = this.value();
    if (!value) {
      this.report(
        "unexpected-text",
        before,
        `${capital(this.describe(before))} does not belong here; remove it.`,
      );
      this.skipToLineEnd();
      return false;
    }
    const first = properties[0];
    if (first) {
      const property = this.text.slice(first.start, first.end);
      const found = this.text.slice(value.start, value.end);
      this.report(
        "unexpected-text",
        value,
        `Put \`${found}\` before \`${property}\`: values come before \`name=value\`.`,
      );
    } else args.push(value);
    return true;
  }

  private endsStatement({ kind }: Token): boolean {
    return kind === "newline" || kind === ";" || kind === "}" || kind === "end";
  }

  private block(path: Path): Block {
    const open = this.next();
    if (!this.enter(open)) {
      this.skipBalanced();
      return { start: open.start, end: this.lastEnd, statements: [], closed: true };
    }
    const statements = this.statements(path.start, path.text === "import");
    this.depth--;
    const closed = this.peek().kind === "}";
    if (closed) this.next();
    else {
      const message = `The block of \`${path.text}\` is not closed; add \`}\` at its end.`;
      this.report("missing-brace", open, message);
    }
    // What is typed at the end of an open block belongs to it.
    const end = closed ? this.lastEnd : this.peek().start;
    return { start: open.start, end, statements, closed };
  }

  /** A `{` at the start of a line. The statement before it was probably meant to have it. */
  private orphanBlock(statements: Statement[]): void {
    const open = this.peek();
    const owner = statements.at(-1);
    this.report("unexpected-text", open, "Put `{` at the end of the line before.");
    const path: Path = owner?.path ?? {
      kind: "path",
      text: "",
      segments: [],
      start: open.start,
      end: open.start,
    };
    const block = this.block(path);
    if (owner && !owner.block) statements[statements.length - 1] = { ...owner, block, end: block.end };
  }

  private isProperty(): boolean {
    if (this.peek().kind !== "name") return false;
    let i = this.at + 1;
    while (isTrivia((this.tokens[i] as Token).kind)) i++;
    return (this.tokens[i] as Token).kind === "=";
  }

  private property(): Property {
    const name = this.segment(this.next());
    const equals = this.next();
    const value = this.value();
    if (!value) {
      const message = `\`${name.text}=\` needs a value.`;
      this.report("missing-value", { start: name.start, end: equals.end }, message);
    }
    return { start: name.start, end: this.lastEnd, name, value };
  }

  private value(): Value | null {
    const { kind } = this.peek();
    if (kind === "name") return this.path();
    if (kind === "string") return this.string();
    if (kind === "[") return this.list();
    if (kind !== "number") return null;
    const from = this.number();
    if (this.peek().kind !== "..") return from;
    const dots = this.next();
    if (this.peek().kind !== "number") {
      const text = this.text.slice(from.start, from.end);
      this.report(
        "missing-value",
        dots,
        `A range needs its last value, as in \`${text}..${from.number + 3}\`.`,
      );
      return from;
    }
    const to = this.number();
    return { kind: "range", start: from.start, end: to.end, from, to };
  }

  private path(): Path {
    const segments = [this.segment(this.next())];
    while (this.peek().kind === ".") {
      const dot = this.next();
      if (this.tokens[this.at]?.kind !== "name") {
        this.report("missing-value", dot, "A name must follow this dot.");
        break;
      }
      segments.push(this.segment(this.next()));
    }
    const first = segments[0] as Segment;
    const text = segments.map((segment) => segment.text).join(".");
    return { kind: "path", start: first.start, end: this.lastEnd, text, segments };
  }

  private number(): NumberValue {
    const token = this.next();
    const source = this.slice(token);
    const digits = /^[+-]?[\d.]*(?:[eE][+-]?\d+)?/.exec(source)?.[0] ?? "";
    const suffix = source.slice(digits.length) || null;
    // `100 steps`: a word right after a number is its unit, unless it begins a property (`1 temperature=2`).
    const following = this.peek();
    const word = following.kind === "name" && !this.isProperty() ? this.segment(this.next()) : null;
    return { kind: "number", start: token.start, end: this.lastEnd, number: Number(digits), suffix, word };
  }

  private string(): StringValue {
    const token = this.next();
    const source = this.slice(token);
    const closed = source.length > 1 && source.endsWith('"') && !/(?:^|[^\\])(?:\\\\)*\\"$/.test(source);
    if (!closed) this.report("unclosed-string", token, 'This text is not closed; add `"` at its end.');
    const text = this.unescape(source.slice(1, closed ? -1 : undefined), token.start + 1);
    return { kind: "string", start: token.start, end: token.end, text };
  }

  private unescape(source: string, start: number): string {
    return source.replace(/\\(.?)/gs, (sequence, character: string, at: number) => {
      if (character === '"' || character === "\\") return character;
      if (character === "n") return "\n";
      if (character === "t") return "\t";
      const range = { start: start + at, end: start + at + sequence.length };
      this.report(
        "bad-escape",
        range,
        `\`${sequence}\` means nothing in a text; for a backslash write \`\\\\\`.`,
      );
      return sequence;
    });
  }

  private list(): ListValue {
    const open = this.next();
    const items: ListItem[] = [];
    if (!this.enter(open)) {
      this.skipBalanced();
      return { kind: "list", start: open.start, end: this.lastEnd, items };
    }
    this.afterLastItem = this.at;
    this.listItems(items);
    this.depth--;
    if (this.peek().kind === "]") this.next();
    else this.leaveList(open);
    return { kind: "list", start: open.start, end: this.lastEnd, items };
  }

  /** The next statement is no part of a list that was left open. */
  private leaveList(open: Token): void {
    this.at = this.afterLastItem;
    this.report("unclosed-list", open, "This list is not closed; add `]` at its end.");
  }

  private listItems(items: ListItem[]): void {
    for (;;) {
      this.skipNewlines();
      const token = this.peek();
      if (token.kind === "]") return;
      const item = this.listItem();
      if (item) items.push(item);
      else if (token.kind === ",")
        this.report("unexpected-text", token, "A value is missing before this comma.");
      else return;
      this.afterLastItem = this.at;
      if (item) this.skipNewlines();
      const { kind } = this.peek();
      if (kind === ",") this.next();
      else if (item && this.startsValue(kind))
        this.report("unexpected-text", this.peek(), "Separate the values of a list with commas.");
      else if (kind !== "]") return;
    }
  }

  private startsValue(kind: TokenKind): boolean {
    return (
      (kind === "name" || kind === "string" || kind === "number" || kind === "[") && !this.atNewStatement()
    );
  }

  /** After a line break inside an unclosed list: does a statement seem to begin? */
  private atNewStatement(): boolean {
    return this.startsLine(this.peek()) && this.peek().kind === "name";
  }

  private listItem(): ListItem | null {
    const { start } = this.peek();
    if (this.isProperty()) {
      const { name, value } = this.property();
      return value && { start, end: this.lastEnd, name, value };
    }
    const value = this.value();
    return value && { start, end: this.lastEnd, name: null, value };
  }

  private enter(open: Token): boolean {
    if (++this.depth <= DEEPEST_NESTING) return true;
    this.depth--;
    if (!this.tooDeep)
      this.report("too-deep", open, `Nothing may be nested deeper than ${DEEPEST_NESTING} levels.`);
    this.tooDeep = true;
    return false;
  }

  /** Skips to the end of the bracket just opened, without recursion. */
  private skipBalanced(): void {
    for (let open = 1; open > 0; ) {
      const { kind } = this.next();
      if (kind === "{" || kind === "[") open++;
      else if (kind === "}" || kind === "]") open--;
      else if (kind === "end") return;
    }
  }

  private skipToLineEnd(): void {
    for (;;) {
      const { kind } = this.peek();
      if (this.endsStatement({ kind } as Token)) return;
      this.next();
      if (kind === "{" || kind === "[") this.skipBalanced();
    }
  }

  private skipNewlines(): void {
    while (this.peek().kind === "newline") this.next();
  }

  /** The next token but spaces and comments, not consumed. */
  private peek(): Token {
    while (isTrivia((this.tokens[this.at] as Token).kind)) {
      this.checkComment(this.tokens[this.at] as Token);
      this.at++;
    }
    return this.tokens[this.at] as Token;
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.at++;
    if (token.kind !== "newline") this.lastEnd = token.end;
    return token;
  }

  private checkComment(token: Token): void {
    if (token.kind !== "block-comment") return;
    const source = this.slice(token);
    if (source.length >= 4 && source.endsWith("*/")) return;
    const range = { start: token.start, end: token.start + 2 };
    this.report("unclosed-comment", range, "This comment is not closed; add `*/` at its end.");
  }

  private segment(token: Token): Segment {
    return { text: this.slice(token), start: token.start, end: token.end };
  }

  private slice({ start, end }: Range): string {
    return this.text.slice(start, end);
  }

  private describe(token: Token): string {
    if (token.kind === "end") return "the end of the file";
    if (token.kind === "newline") return "the end of the line";
    return `\`${this.slice(token).slice(0, 40)}\``;
  }

  private startsLine(token: Token): boolean {
    for (let i = token.start - 1; i >= 0; i--) {
      const character = this.text[i] as string;
      if (character === "\n" || character === "\r") return true;
      if (character.trim() !== "" && character !== "\uFEFF" && character !== ";") return false;
    }
    return true;
  }

  private column(offset: number): number {
    return this.lines.positionAt(offset).character;
  }

  /** Column of the first character of the line of `offset`. */
  private indentation(offset: number): number {
    const start = offset - this.column(offset);
    let at = start;
    while (this.text[at] === " " || this.text[at] === "\t") at++;
    return at - start;
  }

  private report(code: DiagnosticCode, { start, end }: Range, message: string): void {
    const last = this.problems.at(-1);
    if (last?.start === start && last.code === code) return;
    this.problems.push({ code, severity: "error", message, start, end });
  }
}

function isTrivia(kind: TokenKind): boolean {
  return kind === "space" || kind === "line-comment" || kind === "doc-comment" || kind === "block-comment";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
