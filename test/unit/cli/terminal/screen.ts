/** A terminal for tests: knows the few escape sequences that are used, and what would be seen after them. */
export class Screen {
  columns: number;
  rows: number;
  cursorVisible = true;
  /** Every byte written. */
  raw = "";
  private readonly lines: string[] = [""];
  private row = 0;
  private column = 0;
  private readonly resizeListeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  on(_: "resize", listener: () => void): void {
    this.resizeListeners.add(listener);
  }

  off(_: "resize", listener: () => void): void {
    this.resizeListeners.delete(listener);
  }

  /** What is seen, without colours and trailing blanks. */
  get text(): string[] {
    const seen = this.lines.map((line) => line.trimEnd());
    while (seen.at(-1) === "") seen.pop();
    return seen;
  }

  write(text: string): void {
    this.raw += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    for (const part of text.match(/\u001b\[\??\d*[A-Za-z]|[^\u001b]/gu) ?? []) {
      if (part.startsWith("\u001b")) this.obey(part.slice(2));
      else this.put(part);
    }
  }

  private obey(sequence: string): void {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    if (sequence === "?25l") this.cursorVisible = false;
    if (sequence === "?25h") this.cursorVisible = true;
    if (sequence.endsWith("A")) {
      if (count > this.rows - 1) throw new Error("moved up beyond the screen");
      this.row = Math.max(0, this.row - count);
    }
    if (sequence === "K") this.lines[this.row] = this.lines[this.row]!.slice(0, this.column);
    if (sequence === "J") {
      this.lines[this.row] = this.lines[this.row]!.slice(0, this.column);
      this.lines.length = this.row + 1;
    }
  }

  private put(character: string): void {
    if (character === "\r") this.column = 0;
    else if (character === "\n") {
      this.row++;
      this.column = 0;
      this.lines[this.row] ??= "";
    } else {
      if (this.column >= this.columns) throw new Error("wrapped");
      const line = this.lines[this.row]!.padEnd(this.column);
      this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
      this.column++;
    }
  }
}
