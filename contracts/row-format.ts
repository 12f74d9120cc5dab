/** Does a data row have what its dataset's `format` asks for? The same answer in the editor and in the training host. */
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
      return checkString(row, format.prompt) ?? checkString(row, format.answer);
    case "alpaca":
      return (
        checkString(row, "instruction") ?? checkOptionalString(row, "input") ?? checkString(row, "output")
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

export type ChatSpeaker = "system" | "user" | "assistant";

const speakers = new Map<string, ChatSpeaker>([
  ["system", "system"],
  ["user", "user"],
  ["human", "user"],
  ["prompter", "user"],
  ["assistant", "assistant"],
  ["gpt", "assistant"],
  ["model", "assistant"],
  ["bot", "assistant"],
  ["chatbot", "assistant"],
]);

/** The speaker that a role name of common chat data stands for ("human" and "gpt" are ShareGPT's); null for an unknown one. */
export function chatSpeaker(role: string): ChatSpeaker | null {
  return speakers.get(role.toLowerCase()) ?? null;
}

function checkTurns(
  row: Record<string, unknown>,
  format: Extract<DatasetFormat, { kind: "chat" }>,
): RowProblem | null {
  const column = format.messages;
  const turns = row[column];
  const expected = `a list of turns such as [{"${format.role}": "user", "${format.text}": "..."}, ...]`;
  if (!Object.hasOwn(row, column)) return missing(row, column, expected);
  if (!Array.isArray(turns)) return { column, expected, found: describeValue(turns) };
  if (turns.length === 0) return { column, expected: "at least one turn", found: "an empty list" };
  for (const [index, turn] of turns.entries()) {
    const place = `${column}[${index}]`;
    if (!isObject(turn)) return { column: place, expected: "an object", found: describeValue(turn) };
    const problem = checkString(turn, format.role) ?? checkString(turn, format.text);
    if (problem) return { ...problem, column: `${place}.${problem.column}` };
    const role = turn[format.role] as string;
    if (chatSpeaker(role) === null) {
      return {
        column: `${place}.${format.role}`,
        expected: `one of ${[...speakers.keys()].join(", ")}`,
        found: JSON.stringify(role),
      };
    }
  }
  const answers = turns.some((turn) => chatSpeaker(turn[format.role]) === "assistant");
  if (!answers) return { column, expected: "at least one turn of the assistant", found: "none" };
  return null;
}

function checkString(row: Record<string, unknown>, column: string): RowProblem | null {
  if (!Object.hasOwn(row, column)) return missing(row, column, "a string");
  return typeof row[column] === "string"
    ? null
    : { column, expected: "a string", found: describeValue(row[column]) };
}

function checkOptionalString(row: Record<string, unknown>, column: string): RowProblem | null {
  const value = row[column];
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
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "boolean") return String(value);
  return `a ${typeof value}`;
}
