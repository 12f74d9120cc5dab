/**
 * Why `JSON.parse` refused `text`: the engine's words without the piece of text that they quote, and its position (where it
 * gives one) as line and column, counted from 1; the line only when there are several.
 */
export function jsonReason(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message
    .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/su, "")
    .replace(
      /( in JSON)? at position (\d+).*$/su,
      (_all, _in, position) => ` ${place(text, Number(position))}`,
    );
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

function place(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  const column = `column ${before.at(-1)!.length + 1}`;
  return text.includes("\n") ? `at line ${before.length}, ${column}` : `at ${column}`;
}
