/** Reads one data file as far as the editor needs: is it there, do its first rows fit the format, how many rows has it. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { TextDecoder } from "node:util";
import type { DatasetFormat } from "../../contracts/plan";
import { checkRow, describeRowProblem } from "../../contracts/row-format";
import type { DiagnosticCode } from "../language/diagnostic";

/** Rows that are parsed; the rest are only counted. */
const MOST_ROWS_CHECKED = 20_000;
/** Larger files are not read to their end, so their rows are not counted. */
const LARGEST_COUNTED = 1024 ** 3;
/** Larger arrays are not parsed here: that would block the server. */
const LARGEST_ARRAY = 32 * 1024 ** 2;
const MOST_FILES_REMEMBERED = 500;

export interface DataFileFacts {
  readonly problem: { readonly code: DiagnosticCode; readonly message: string } | null;
  /** null: not counted. */
  readonly rows: number | null;
}

/** Facts by file identity: a file is read again only when it changed, or its format did. */
export class DataFileChecks {
  private readonly known = new Map<string, Promise<DataFileFacts>>();

  /** `shown` is the path as it was written; `file` absolute. */
  async check(
    file: string,
    shown: string,
    format: DatasetFormat,
    signal?: AbortSignal,
  ): Promise<DataFileFacts> {
    const facts = await stat(file).catch(() => null);
    if (!facts)
      return broken(
        "data-missing",
        `The data file \`${shown}\` does not exist; it was looked for at ${file}.`,
      );
    if (facts.isDirectory()) return broken("data-missing", `\`${shown}\` is a folder; name one file in it.`);
    if (facts.size === 0) return broken("data-empty", `The data file \`${shown}\` is empty.`);
    const identity = JSON.stringify([file, facts.ino, facts.size, facts.mtimeMs, format]);
    const known = this.known.get(identity);
    if (known) return known;
    const reading = readFacts(file, shown, facts.size, format, signal);
    this.remember(identity, reading);
    reading.catch(() => this.known.delete(identity));
    return reading;
  }

  private remember(identity: string, reading: Promise<DataFileFacts>): void {
    const oldest = this.known.keys().next();
    if (this.known.size >= MOST_FILES_REMEMBERED && !oldest.done) this.known.delete(oldest.value);
    this.known.set(identity, reading);
  }
}

function broken(code: DiagnosticCode, message: string): DataFileFacts {
  return { problem: { code, message }, rows: null };
}

async function readFacts(
  file: string,
  shown: string,
  size: number,
  format: DatasetFormat,
  signal: AbortSignal | undefined,
): Promise<DataFileFacts> {
  const suffix = path.extname(file).toLowerCase();
  if (![".jsonl", ".ndjson", ".json"].includes(suffix)) {
    const message = `\`${shown}\` cannot be read; use JSON lines (.jsonl, .ndjson) or a JSON array (.json).`;
    return broken("data-unreadable", message);
  }
  try {
    if (suffix === ".json" && (await startsWithBracket(file)))
      return await readArray(file, shown, size, format);
    return await readLines(file, shown, size, format, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    return broken("data-unreadable", `\`${shown}\` cannot be read: ${(error as Error).message}.`);
  }
}

async function startsWithBracket(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: 1023 })) {
    return (chunk as Buffer)
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .trimStart()
      .startsWith("[");
  }
  return false;
}

async function readArray(
  file: string,
  shown: string,
  size: number,
  format: DatasetFormat,
): Promise<DataFileFacts> {
  if (size > LARGEST_ARRAY) return { problem: null, rows: null };
  const text = decode(new TextDecoder("utf-8", { fatal: true }), await readFile(file));
  if (text === null) return notUtf8(shown);
  let rows: unknown[];
  try {
    rows = JSON.parse(text) as unknown[];
  } catch (error) {
    return broken("data-row", `\`${shown}\`: the JSON array is malformed: ${reasonOf(error)}.`);
  }
  if (rows.length === 0) return broken("data-empty", `The data file \`${shown}\` has no rows.`);
  for (const [index, row] of rows.slice(0, MOST_ROWS_CHECKED).entries()) {
    const problem = checkRow(format, row);
    if (problem) return broken("data-row", `\`${shown}\`, row ${index + 1}: ${describeRowProblem(problem)}.`);
  }
  return { problem: null, rows: rows.length };
}

async function readLines(
  file: string,
  shown: string,
  size: number,
  format: DatasetFormat,
  signal: AbortSignal | undefined,
): Promise<DataFileFacts> {
  const reader = new LineReader(shown, format);
  const stream = createReadStream(file, { highWaterMark: 256 * 1024, signal });
  for await (const chunk of stream) {
    reader.chunk(chunk as Buffer);
    if (reader.problem) return { problem: reader.problem, rows: null };
    if (size > LARGEST_COUNTED && reader.rows >= MOST_ROWS_CHECKED) return { problem: null, rows: null };
  }
  reader.end();
  if (reader.problem) return { problem: reader.problem, rows: null };
  if (reader.rows === 0) return broken("data-empty", `The data file \`${shown}\` has no rows.`);
  return { problem: null, rows: reader.rows };
}

/** Splits bytes into lines, checks the first rows and counts them all. */
class LineReader {
  rows = 0;
  problem: DataFileFacts["problem"] = null;
  private pending: Buffer[] = [];
  private line = 0;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(
    private readonly shown: string,
    private readonly format: DatasetFormat,
  ) {}

  chunk(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0 && !this.problem; end = bytes.indexOf(10, start)) {
      this.pending.push(bytes.subarray(start, end));
      this.endLine();
      start = end + 1;
    }
    this.pending.push(bytes.subarray(start));
  }

  end(): void {
    if (!this.problem) this.endLine();
  }

  private endLine(): void {
    const bytes = this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending);
    this.pending = [];
    this.line++;
    if (this.rows >= MOST_ROWS_CHECKED) {
      if (bytes.length > 1) this.rows++;
      return;
    }
    const text = decode(this.decoder, bytes);
    if (text === null) this.problem = notUtf8(`${this.shown}:${this.line}`).problem;
    else if (text.trim() !== "") this.row(text);
  }

  private row(text: string): void {
    this.rows++;
    const place = `\`${this.shown}:${this.line}\``;
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (error) {
      const message = `${place}: expected one JSON object on the line, found malformed JSON: ${reasonOf(error)}.`;
      this.problem = { code: "data-row", message };
      return;
    }
    const problem = checkRow(this.format, row);
    if (problem) this.problem = { code: "data-row", message: `${place}: ${describeRowProblem(problem)}.` };
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function notUtf8(place: string): DataFileFacts {
  return broken("data-unreadable", `\`${place}\`: the text is not UTF-8; save the file as UTF-8.`);
}

/** The engine's words, without the piece of text that they quote. */
function reasonOf(error: unknown): string {
  const message = (error as Error).message
    .replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/su, "")
    .replace(/ in JSON at .*$/su, "");
  return message.charAt(0).toLowerCase() + message.slice(1);
}
