/** What Python's `str.isspace` holds for blank. JavaScript's own set lacks U+001C to U+001F and U+0085, and has U+FEFF. */
const BLANKS =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
  "\u2028\u2029\u202f\u205f\u3000";

export type StripMethod = "strip" | "lstrip" | "rstrip";

/** Python's methods of a text: leaves out `characters` (blanks when there are none given) at both ends, the left or the right. */
export function pythonStrip(text: string, method: StripMethod, characters: string | null): string {
  const leftOut = new Set(characters ?? BLANKS);
  let [start, end] = [0, text.length];
  if (method !== "rstrip") {
    for (
      let point = characterAt(text, start);
      point !== "" && leftOut.has(point);
      point = characterAt(text, start)
    ) {
      start += point.length;
    }
  }
  if (method !== "lstrip") {
    for (
      let point = characterBefore(text, end);
      end > start && leftOut.has(point);
      point = characterBefore(text, end)
    ) {
      end -= point.length;
    }
  }
  return text.slice(start, Math.max(start, end));
}

function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, index: number): string {
  const pair = characterAt(text, index - 2);
  return index >= 2 && pair.length === 2 ? pair : text.charAt(index - 1);
}
