/** Does a data row have what its dataset's `format` asks for? The same answer in the editor and in the training host. */
import { type ChatColumns, type ChatFormat, chatColumns, chatSpeaker, speakerNames } from "./chat-turns";
import type { DatasetFormat } from "./plan";

export interface RowProblem {
  /** The column in question; null: the row as a whole. */
  column: string | null;
  /** What should be there, as a noun phrase: "a string". */
  expected: string;
  /** What is there instead: "a number", "no such column (the row has: a, b)". */
  found: string;
}

/** null when `row` (a parsed JSON value) fits `format`; else the first thing that does not. */
export function checkRow(format: DatasetFormat, row: unknown): RowProblem | null {
  if (!isObject(row)) {
    return { column: null, expected: "a JSON object with one member per column", found: describeValue(row) };
  }
  switch (format.kind) {
    case "columns":
      return (
        checkString(row, format.prompt) ??
        checkString(row, format.answer) ??
        (format.system === null ? null : checkOptionalString(row, format.system))
      );
    case "alpaca":
      return (
        checkString(row, format.instruction) ??
        checkOptionalString(row, format.input) ??
        checkString(row, format.output)
      );
    case "text":
      return checkString(row, format.column);
    case "chat":
      return checkTurns(row, format);
  }
}

/** `column "answer": expected a string, found a number`. */
export function describeRowProblem({ column, expected, found }: RowProblem): string {
  return `${column === null ? "" : `column "${column}": `}expected ${expected}, found ${found}`;
}

function checkTurns(row: Record<string, unknown>, format: ChatFormat): RowProblem | null {
  const columns = chatColumns(format, row);
  const column = columns.messages;
  const turns = row[column];
  const expected = `a list of turns such as [{"${format.role}": "user", "${format.text}": "..."}, ...]`;
  if (!Object.hasOwn(row, column)) return missing(row, column, expected);
  if (!Array.isArray(turns)) return { column, expected, found: describeValue(turns) };
  if (turns.length === 0) return { column, expected: "at least one turn", found: "an empty list" };
  for (const [index, turn] of turns.entries()) {
    const problem = checkTurn(turn, columns);
    if (problem === null) continue;
    const place = `${column}[${index}]`;
    return { ...problem, column: problem.column === null ? place : `${place}.${problem.column}` };
  }
  const answers = turns.some((turn) => chatSpeaker(turn[columns.role]) === "assistant");
  if (!answers) return { column, expected: "at least one turn of the assistant", found: "none" };
  return null;
}

function checkTurn(turn: unknown, { role, text }: ChatColumns): RowProblem | null {
  if (!isObject(turn)) return { column: null, expected: "an object", found: describeValue(turn) };
  const problem = checkString(turn, role) ?? checkSaid(turn, text);
  if (problem !== null) return problem;
  if (chatSpeaker(turn[role] as string) !== null) return null;
  return { column: role, expected: `one of ${speakerNames.join(", ")}`, found: JSON.stringify(turn[role]) };
}

/** A text, a list of its parts, or nothing in a turn that calls a tool instead. */
function checkSaid(turn: Record<string, unknown>, column: string): RowProblem | null {
  const said = turn[column];
  if (callsTool(turn) && (said === null || said === undefined)) return null;
  if (!Array.isArray(said) || said.length === 0) return checkString(turn, column);
  for (const [index, part] of said.entries()) {
    const place = `${column}[${index}]`;
    if (!isObject(part)) return { column: place, expected: TEXT_PART, found: describeValue(part) };
    if (part.type !== "text") {
      const found =
        typeof part.type === "string"
          ? `a part of type ${JSON.stringify(part.type)}`
          : "a part without a type";
      return { column: place, expected: TEXT_PART, found };
    }
    const problem = checkString(part, "text");
    if (problem !== null) return { ...problem, column: `${place}.text` };
  }
  return null;
}

const TEXT_PART = 'a part such as {"type": "text", "text": "..."}';

/** OpenAI's way of a turn without words. */
function callsTool(turn: Record<string, unknown>): boolean {
  return (Array.isArray(turn.tool_calls) && turn.tool_calls.length > 0) || isObject(turn.function_call);
}

function checkString(row: Record<string, unknown>, column: string): RowProblem | null {
  if (!Object.hasOwn(row, column)) return missing(row, column, "a string");
  return typeof row[column] === "string"
    ? null
    : { column, expected: "a string", found: describeValue(row[column]) };
}

function checkOptionalString(row: Record<string, unknown>, column: string): RowProblem | null {
  const value = Object.hasOwn(row, column) ? row[column] : null;
  if (value === undefined || value === null || typeof value === "string") return null;
  return { column, expected: "a string, or nothing", found: describeValue(value) };
}

function missing(row: Record<string, unknown>, column: string, expected: string): RowProblem {
  const names = Object.keys(row);
  const shown = names.slice(0, 12).join(", ") + (names.length > 12 ? ", ..." : "");
  return {
    column,
    expected,
    found: names.length === 0 ? "an empty row" : `no such column (there are: ${shown})`,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !ArrayBuffer.isView(value) && !(value instanceof Date);
}

/** Of JSON, and of what Parquet has besides. */
function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (ArrayBuffer.isView(value)) return "bytes";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "an object";
  if (typeof value === "boolean") return String(value);
  return typeof value === "bigint" ? "a number" : `a ${typeof value}`;
}
