import { textWidth, truncate } from "./text-width";

/** What of a terminal stream is used; `process.stderr` and `process.stdout` are such when they are terminals. */
export interface TerminalStream {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** Terminals that know synchronised output show a frame whole; others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_TO_SCREEN_END = "\u001b[J";

/**
 * A few lines at the end of the output that are redrawn in place. Lines are cut at the terminal's width, and no more are drawn
 * than it has rows: wrapped or scrolled lines could not be overwritten.
 */
export class LiveRegion {
  private lines: readonly string[] = [];
  private drawn: readonly string[] = [];
  private closed = false;
  private readonly redraw = () => this.draw("");

  constructor(private readonly stream: TerminalStream) {
    stream.write(HIDE_CURSOR);
    stream.on("resize", this.redraw);
  }

  get columns(): number {
    return this.stream.columns || 80;
  }

  /** Lines that can be shown: one row is the cursor's. */
  get rows(): number {
    return Math.max(1, (this.stream.rows || 24) - 1);
  }

  /** Replaces the lines of the region. */
  show(lines: readonly string[]): void {
    this.lines = lines;
    const fitting = this.fitting();
    const isSame =
      fitting.length === this.drawn.length && fitting.every((line, at) => line === this.drawn[at]);
    if (!isSame) this.draw("");
  }

  /** Prints lines above the region; they stay. */
  print(text: string): void {
    this.draw(
      text
        .split("\n")
        .map((line) => `${line}${CLEAR_TO_LINE_END}\n`)
        .join(""),
    );
  }

  /** Leaves the last lines standing and gives the cursor back. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stream.off("resize", this.redraw);
    this.stream.write(SHOW_CURSOR);
  }

  private draw(above: string): void {
    if (this.closed) return;
    const fitting = this.fitting();
    const height = this.drawnHeight();
    const up = height > 0 ? `\u001b[${height}A\r` : "\r";
    const body = fitting.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join("");
    this.stream.write(`${BEGIN_FRAME}${up}${above}${body}${CLEAR_TO_SCREEN_END}${END_FRAME}`);
    this.drawn = fitting;
  }

  private fitting(): string[] {
    return this.lines.slice(0, this.rows).map((line) => truncate(line, this.columns));
  }

  /** Rows that what was drawn takes now: a terminal made narrower has wrapped it. */
  private drawnHeight(): number {
    return this.drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / this.columns)), 0);
  }
}
