/**
 * The part of a data set's README that says which files are which split: `configs` in its front matter
 * (https://huggingface.co/docs/hub/datasets-manual-configuration). YAML is much more than people write there: what is read is
 * block lists and mappings, inline lists, quoted and plain words; anything else counts as not understood.
 */

export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Folder that the configuration's files lie in, without a slash at its end; "": the repository. */
  readonly folder: string;
  /** Patterns of files by split, relative to the folder; null: the card does not say. */
  readonly splits: ReadonlyMap<string, readonly string[]> | null;
}

/** Nothing longer is looked at. */
const MOST_LINES = 20_000;
const MOST_DEPTH = 12;

/** Empty when the card tells nothing about files; null: it does, in a way that is not understood. */
export function cardConfigs(readme: string): CardConfig[] | null {
  const section = configsSection(readme);
  if (section === null) return [];
  try {
    const { configs } = parseBlock(section, 0) as { configs?: Yaml };
    return asList(configs).map(parseConfig);
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
}

class NotUnderstood extends Error {}

type Yaml = string | null | Yaml[] | { [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
}

/** The lines of `configs:` alone: what else a card holds need not be understood. */
function configsSection(readme: string): Line[] | null {
  const [first, ...rest] = readme.slice(0, MOST_LINES * 200).split(/\r?\n/, MOST_LINES);
  if (first?.trim() !== "---") return null;
  const end = rest.findIndex((line) => line.trim() === "---");
  const matter = rest.slice(0, end < 0 ? rest.length : end);
  const start = matter.findIndex((line) => /^configs\s*:/.test(line));
  if (start < 0) return null;
  const after = matter.findIndex((line, index) => index > start && /^[^\s#-]/.test(line));
  return matter
    .slice(start, after < 0 ? matter.length : after)
    .filter((line) => line.trim() !== "" && !/^\s*#/.test(line))
    .map((line) => ({ indent: /^ */.exec(line)![0].length, text: line.trim() }));
}

/** A list, a mapping, or one value; all lines of `lines` belong to it. */
function parseBlock(lines: readonly Line[], depth: number): Yaml {
  const [first] = lines;
  if (first === undefined) return null;
  if (depth > MOST_DEPTH) throw new NotUnderstood();
  if (/^-( |$)/.test(first.text)) return pieces(lines).map((piece) => parseItem(piece, depth));
  if (!keyPattern.test(first.text)) {
    if (lines.length > 1) throw new NotUnderstood();
    return parseScalar(first.text);
  }
  return Object.fromEntries(pieces(lines).map((piece) => parseEntry(piece, depth)));
}

const keyPattern = /^([\w.-]+|"[^"\\]*"|'[^']*')\s*:(?:\s+(.*))?$/;

/** Lines at the depth of the first begin a piece; deeper ones belong to the piece before. */
function pieces(lines: readonly Line[]): Line[][] {
  const { indent, text } = lines[0]!;
  const isList = /^-( |$)/.test(text);
  const result: Line[][] = [];
  for (const line of lines) {
    const begins = line.indent === indent && /^-( |$)/.test(line.text) === isList;
    // The items of a list may stand as deep as its key.
    const continues = line.indent > indent || (!isList && line.indent === indent && !begins);
    if (begins) result.push([line]);
    else if (continues) result.at(-1)!.push(line);
    else throw new NotUnderstood();
  }
  return result;
}

function parseItem([first, ...rest]: Line[], depth: number): Yaml {
  const inner = first!.text.replace(/^-\s*/, "");
  if (inner === "") return parseBlock(rest, depth + 1);
  const indent = first!.indent + first!.text.length - inner.length;
  return parseBlock([{ indent, text: inner }, ...rest], depth + 1);
}

function parseEntry([first, ...rest]: Line[], depth: number): [string, Yaml] {
  const match = keyPattern.exec(first!.text);
  if (match === null) throw new NotUnderstood();
  const key = parseScalar(match[1]!) as string;
  const value = withoutComment(match[2] ?? "");
  if (value === "") return [key, parseBlock(rest, depth + 1)];
  if (rest.length > 0) throw new NotUnderstood();
  return [key, parseScalar(value)];
}

function parseScalar(written: string): Yaml {
  const text = withoutComment(written);
  if (text.startsWith("[")) {
    if (!text.endsWith("]") || /[[\]{}]/.test(text.slice(1, -1))) throw new NotUnderstood();
    const inside = text.slice(1, -1).trim();
    return inside === "" ? [] : inside.split(",").map((item) => parseScalar(item.trim()));
  }
  const quoted = /^"([^"\\]*)"$|^'([^']*)'$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2]!;
  if (/^[[\]{}"'&*!|>%@`]/.test(text) || /: /.test(text)) throw new NotUnderstood();
  return text;
}

function withoutComment(text: string): string {
  const quoted = /^("[^"\\]*"|'[^']*')\s*(#.*)?$/.exec(text);
  return quoted ? quoted[1]! : text.replace(/\s+#.*$/, "").trim();
}

function parseConfig(config: Yaml): CardConfig {
  const { config_name: name, default: isDefault, data_dir: folder, data_files: files } = asMapping(config);
  return {
    name: asText(name ?? "default"),
    isDefault: isDefault === "true" || name === "default",
    folder: asText(folder ?? "").replace(/^\.?\/|\/$/g, ""),
    splits: files === undefined ? null : parseFiles(files),
  };
}

/** A pattern, a list of patterns, or a list of splits with theirs. */
function parseFiles(files: Yaml): Map<string, string[]> {
  const list = asList(files);
  if (list.every((item) => typeof item === "string")) return new Map([["train", list]]);
  const splits = list.map((item): [string, string[]] => {
    const { split, path } = asMapping(item);
    return [asText(split), asList(path).map(asText)];
  });
  return new Map(splits);
}

function asList(value: Yaml | undefined): Yaml[] {
  if (value === undefined || value === null) throw new NotUnderstood();
  return Array.isArray(value) ? value : [value];
}

function asMapping(value: Yaml): { [key: string]: Yaml | undefined } {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new NotUnderstood();
  return value;
}

function asText(value: Yaml | undefined): string {
  if (typeof value !== "string") throw new NotUnderstood();
  return value;
}
