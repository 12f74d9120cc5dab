/**
 * Patterns of file names as the Hub's data sets use them: `*` and `?` within a name, `[a-z]` and `[!a-z]` for one character, `**` for any number of
 * folders. Patterns come from repositories, too; so none may take long: the time is the product of both lengths at most.
 */

/** Longer ones match nothing. */
const MOST_CHARACTERS = 500;

export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

export function matchesPattern(path: string, pattern: string): boolean {
  if (path.length > 2 * MOST_CHARACTERS || pattern.length > MOST_CHARACTERS) return false;
  const parts = pattern
    .replace(/^\.?\//, "")
    .split("/")
    .map(parsePart);
  return matchesSequence(path.split("/"), parts, "**", (name, part) =>
    matchesSequence([...name], part as Token[], "*", matchesToken),
  );
}

type Token =
  | "*"
  | "?"
  | string
  | { characters: ReadonlySet<string>; ranges: [string, string][]; except: boolean };
type Part = "**" | Token[];

function parsePart(text: string): Part {
  if (text === "**") return "**";
  const tokens: Token[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const end = character === "[" ? characters.indexOf("]", at + 2) : -1;
    if (end < 0) {
      if (!(character === "*" && tokens.at(-1) === "*")) tokens.push(character);
      continue;
    }
    tokens.push(parseClass(characters.slice(at + 1, end)));
    at = end;
  }
  return tokens;
}

function parseClass(inside: readonly string[]): Token {
  const except = inside[0] === "!" || inside[0] === "^";
  const characters = new Set<string>();
  const ranges: [string, string][] = [];
  const rest = inside.slice(except ? 1 : 0);
  for (let at = 0; at < rest.length; at++) {
    if (rest[at + 1] === "-" && at + 2 < rest.length) {
      ranges.push([rest[at]!, rest[at + 2]!]);
      at += 2;
    } else characters.add(rest[at]!);
  }
  return { characters, ranges, except };
}

function matchesToken(character: string, token: Token): boolean {
  if (typeof token === "string") return token === "?" || token === character;
  const inside =
    token.characters.has(character) ||
    token.ranges.some(([from, to]) => from <= character && character <= to);
  return inside !== token.except;
}

/** Whether `items` match `pattern` one by one, where `any` stands for any number of them. */
function matchesSequence<Item, Element>(
  items: readonly Item[],
  pattern: readonly Element[],
  any: Element,
  matches: (item: Item, element: Element) => boolean,
): boolean {
  let reached = [true, ...items.map(() => false)];
  for (const element of pattern) {
    const next = reached.map(() => false);
    for (let at = 0; at <= items.length; at++) {
      if (element === any) next[at] = reached[at]! || (at > 0 && next[at - 1]!);
      else if (at > 0) next[at] = reached[at - 1]! && matches(items[at - 1]!, element);
    }
    reached = next;
  }
  return reached[items.length]!;
}
