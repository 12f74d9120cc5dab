/**
 * Why `JSON.parse` refused `text`: the engine's words without the piece of text that they quote, and its position (where it
 * gives one) as line and column, counted from 1; the line only when there are several. `start` is where the text begins in its
 * file, when it is a part of one.
 */
export function jsonReason(error: unknown, text: string, start?: { line: number; column: number }): string {
  const message = error instanceof Error ? error.message : String(error);
  let found = false;
  const reason = message
    .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/su, "")
    .replace(/( in JSON)? at position (\d+).*$/su, (_all, _in, position) => {
      found = true;
      return ` ${place(text, Number(position), start)}`;
    });
  const lower = reason.charAt(0).toLowerCase() + reason.slice(1);
  return found || start === undefined
    ? lower
    : `${lower}, in the row that begins at line ${start.line}, column ${start.column}`;
}

function place(text: string, position: number, start?: { line: number; column: number }): string {
  const before = text.slice(0, position).split("\n");
  const inLine = [...before.at(-1)!].length;
  const column = inLine + (before.length === 1 ? (start?.column ?? 1) : 1);
  if (start !== undefined) return `at line ${start.line + before.length - 1}, column ${column}`;
  return text.includes("\n") ? `at line ${before.length}, column ${column}` : `at column ${column}`;
}
