/** Columns that text takes on a terminal. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ESCAPE = /\u001b\[[0-9;?]*[A-Za-z]/g;
/** Marks that combine with the character before, and joiners: no column of their own. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Scripts and signs that terminals draw two columns wide (Unicode's East Asian Wide and emoji, coarsely). */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(ESCAPE, "")) width += characterWidth(character);
  return width;
}

/** Cuts text with colours to `width` columns; what was cut shows as an ellipsis. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 0) return "";
  let left = width - 1;
  let result = "";
  let coloured = false;
  for (const part of splitEscapes(text)) {
    if (part.startsWith("\u001b")) {
      result += part;
      coloured = true;
      continue;
    }
    for (const character of part) {
      left -= characterWidth(character);
      if (left < 0) return `${result}…${coloured ? "\u001b[0m" : ""}`;
      result += character;
    }
  }
  return result;
}

/** Text without colours in lines of at most `width` columns, broken at spaces; lines after the first begin with `indent`. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const isFirst = lines.length === 0;
    const room = isFirst ? width : width - textWidth(indent);
    if (line !== "" && textWidth(longer) > room) {
      lines.push(isFirst ? line : indent + line);
      line = word;
    } else line = longer;
  }
  lines.push(lines.length === 0 ? line : indent + line);
  return lines;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - textWidth(text))) + text;
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

function splitEscapes(text: string): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(text.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}
