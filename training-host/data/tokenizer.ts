import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { UserError } from "../../contracts/user-error";
import { ByteLevelEncoder } from "./byte-level-encoder";
import { canCutBeforeSpaces, cutBeforeSpaces, wordsStandAlone } from "./text-chunks";
import { Borders, bordersByPrefix, bordersBySpelling, type TokenBorder } from "./token-borders";
import { WordCache } from "./word-cache";

export interface Tokenizer {
  /**
   * Token ids of `text`; no special tokens are added, but those written in the text are recognised.
   * With `most`, may stop early once there are at least that many ids (the ids so far are the same).
   */
  encode(text: string, most?: number): number[];
  /**
   * The ids that `encode` gives for all of `texts` written one after the other, and where the texts meet: of each but the first,
   * the tokens before its beginning. With `most`, as `encode`; borders beyond are at the end.
   */
  encodeJoined(texts: readonly string[], most?: number): { ids: number[]; borders: TokenBorder[] };
  /** `encode`, with the tokens that the tokenizer puts around a text by itself, such as Llama's begin of text. */
  encodeWithSpecialTokens(text: string): number[];
  /** The text of `ids`, special tokens included. Bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** One more than the highest id. */
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly eosId: number;
  /** What the tokenizer itself puts before a text (bos, for Llama and Gemma); a chat template writes its own. */
  readonly beginning: readonly number[];
  /** Jinja source, as in `tokenizer_config.json`. */
  readonly chatTemplate: string | null;
  /** `bos_token`, `eos_token`, ... to their texts, for the chat template. */
  readonly specialTokens: ReadonlyMap<string, string>;
  /** Texts of all tokens that are marked as special. */
  readonly specialTexts: readonly string[];
  /** SHA-256 of everything that decides what `encode` and the template give. */
  readonly contentHash: string;
  /** Absolute paths of the files it was read from: they go along when a model is saved. */
  readonly files: readonly string[];
}

/** Refuses a tokenizer that can give ids which the model has no embedding for. A vocabulary that is padded to more rows is fine. */
export function checkVocabulary(tokenizer: Pick<Tokenizer, "vocabSize" | "files">, vocab: number): void {
  if (tokenizer.vocabSize <= vocab) return;
  const file = tokenizer.files[0];
  throw new UserError(
    "bad-tokenizer",
    `The tokenizer${file ? ` ${file}` : ""} has ${tokenizer.vocabSize} tokens, but the model's vocabulary has ${vocab}.`,
    "Use the tokenizer that belongs to the model.",
  );
}

/** Loads `tokenizer.json` and what stands beside it. `location` is a model folder, or the path of a tokenizer.json. */
export async function loadTokenizer(location: string): Promise<Tokenizer> {
  const file = await tokenizerFile(location);
  const folder = path.dirname(file);
  const sources = new Sources();
  const definition = await sources.readObject(file);
  if (definition === null) {
    throw new UserError(
      "bad-tokenizer",
      `There is no tokenizer at ${file}.`,
      "A model folder needs its tokenizer.json; or name one with `tokenizer` in the model block.",
    );
  }
  const config = (await sources.readObject(path.join(folder, "tokenizer_config.json"))) ?? {};
  const specialMap = (await sources.readObject(path.join(folder, "special_tokens_map.json"))) ?? {};
  const templateFile = await sources.readText(path.join(folder, "chat_template.jinja"));
  const modelConfig = (await readJsonObject(path.join(folder, "config.json"))) ?? {};
  const library = openLibrary(file, definition, config);
  const added = addedTokens(definition);
  const specialTokens = namedSpecialTokens({ ...specialMap, ...withoutNull(config) });
  const eosId = findEos(library, specialTokens, modelConfig, added);
  if (eosId === null) {
    throw new UserError(
      "bad-tokenizer",
      `The tokenizer ${file} does not say which token ends a text.`,
      'Put a tokenizer_config.json with "eos_token" beside it.',
    );
  }
  // Templates write it by its name.
  const ending = library.id_to_token(eosId);
  if (!specialTokens.has("eos_token") && ending !== undefined) specialTokens.set("eos_token", ending);
  return new LoadedTokenizer(library, {
    vocabSize: highestId(library) + 1,
    bosId: idOf(library, specialTokens.get("bos_token")),
    eosId,
    beginning: beginningOf(library, config, idOf(library, specialTokens.get("bos_token"))),
    chatTemplate: templateFile ?? templateOf(config),
    specialTokens,
    specialTexts: added.filter((token) => token.special === true).map((token) => token.content),
    contentHash: sources.hash(),
    files: sources.files,
    byteLevel: ByteLevelEncoder.of(library, definition),
    wordsStandAlone: wordsStandAlone(definition),
    cuttable: canCutBeforeSpaces(definition, (text) => library.pre_tokenizer?.(text, {}) ?? [text]),
  });
}

interface LoadedFields
  extends Omit<Tokenizer, "encode" | "encodeJoined" | "encodeWithSpecialTokens" | "decode"> {
  cuttable: boolean;
  byteLevel: ByteLevelEncoder | null;
  wordsStandAlone: boolean;
}

class LoadedTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly eosId: number;
  readonly beginning: readonly number[];
  readonly chatTemplate: string | null;
  readonly specialTokens: ReadonlyMap<string, string>;
  readonly specialTexts: readonly string[];
  readonly contentHash: string;
  readonly files: readonly string[];
  readonly #library: LibraryTokenizer;
  readonly #cuttable: boolean;
  readonly #byteLevel: ByteLevelEncoder | null;
  /** null: the tokens of a word depend on what is around it. */
  readonly #words: WordCache | null;

  constructor(library: LibraryTokenizer, fields: LoadedFields) {
    this.#library = library;
    this.#cuttable = fields.cuttable;
    this.#byteLevel = fields.byteLevel;
    this.#words = fields.wordsStandAlone ? new WordCache() : null;
    this.vocabSize = fields.vocabSize;
    this.bosId = fields.bosId;
    this.eosId = fields.eosId;
    this.beginning = fields.beginning;
    this.chatTemplate = fields.chatTemplate;
    this.specialTokens = fields.specialTokens;
    this.specialTexts = fields.specialTexts;
    this.contentHash = fields.contentHash;
    this.files = fields.files;
  }

  encode(text: string, most = Number.POSITIVE_INFINITY): number[] {
    return this.#encode(text, [], most).ids;
  }

  encodeJoined(
    texts: readonly string[],
    most = Number.POSITIVE_INFINITY,
  ): { ids: number[]; borders: TokenBorder[] } {
    let place = 0;
    const places = texts.slice(0, -1).map((text) => {
      place += text.length;
      return place;
    });
    return this.#encode(texts.join(""), places, most);
  }

  encodeWithSpecialTokens(text: string): number[] {
    const { before, after } = this.#around();
    return [...before, ...this.encode(text), ...after];
  }

  #around(): { before: number[]; after: number[] } {
    // Any text shows what is put around it.
    const inner = this.#library.encode("a", { add_special_tokens: false }).ids;
    const outer = this.#library.encode("a", { add_special_tokens: true }).ids;
    const start = outer.findIndex((_, index) => inner.every((id, offset) => outer[index + offset] === id));
    return { before: outer.slice(0, start), after: outer.slice(start + inner.length) };
  }

  #encode(text: string, places: readonly number[], most: number): { ids: number[]; borders: TokenBorder[] } {
    if (!this.#cuttable) {
      const whole = this.#encodeChunk(text, places);
      return { ids: [...whole.ids], borders: whole.borders };
    }
    const ids: number[] = [];
    const borders: TokenBorder[] = [];
    let start = 0;
    for (const chunk of cutBeforeSpaces(text)) {
      const end = start + chunk.length;
      const here = places.filter((place) => place >= start && (place < end || end === text.length));
      const encoded = this.#encodeChunk(
        chunk,
        here.map((place) => place - start),
      );
      for (const { before, crossed } of encoded.borders)
        borders.push({ before: ids.length + before, crossed });
      for (const id of encoded.ids) ids.push(id);
      if (ids.length >= most) break;
      start = end;
    }
    while (borders.length < places.length) borders.push({ before: ids.length, crossed: false });
    return { ids, borders };
  }

  decode(ids: readonly number[]): string {
    // The library refuses an empty list.
    if (ids.length === 0) return "";
    return this.#library.decode([...ids], {
      skip_special_tokens: false,
      clean_up_tokenization_spaces: false,
    });
  }

  #encodeChunk(text: string, places: readonly number[]): { ids: readonly number[]; borders: TokenBorder[] } {
    const borders = new Borders(places);
    const quick = this.#byteLevel?.encode(text, borders) ?? null;
    if (quick !== null) return { ids: quick, borders: borders.found };
    const ids = this.#byteLevel?.encode(text) ?? this.#encodeByLibrary(text);
    if (places.length === 0) return { ids, borders: [] };
    const found = bordersBySpelling(text, ids, this.#library, places);
    return { ids, borders: found ?? bordersByPrefix(text, ids, (prefix) => this.encode(prefix), places) };
  }

  #encodeByLibrary(text: string): readonly number[] {
    if (this.#words === null) return this.#encodeWord(text);
    const ids: number[] = [];
    for (const word of text.match(WORDS) ?? []) {
      const known = this.#words.get(word) ?? this.#encodeWord(word);
      for (const id of known) ids.push(id);
      this.#words.add(word, known);
    }
    return ids;
  }

  #encodeWord(text: string): readonly number[] {
    const ids: (number | undefined)[] = this.#library.encode(text, { add_special_tokens: false }).ids;
    if (ids.includes(undefined)) {
      throw new UserError(
        "bad-tokenizer",
        `The tokenizer ${this.files[0]} has no token for a part of ${JSON.stringify(text.slice(0, 60))}, and no token for unknown text.`,
      );
    }
    return ids as number[];
  }
}

/** With the spaces before them; U+2581 is how SentencePiece spells a space. */
const WORDS = /[ \u2581]*[^ \u2581]+|[ \u2581]+/g;

/** Reads a tokenizer's files, and remembers which there were and what they held. */
class Sources {
  readonly files: string[] = [];
  readonly #hash = createHash("sha256");

  async readText(file: string): Promise<string | null> {
    const text = await readOptional(file);
    if (text === null) return null;
    this.files.push(file);
    this.#hash.update(`${path.basename(file)}\0${text.length}\0${text}\0`);
    return text;
  }

  async readObject(file: string): Promise<Record<string, unknown> | null> {
    const text = await this.readText(file);
    return text === null ? null : parseObject(file, text);
  }

  hash(): string {
    return this.#hash.copy().digest("hex");
  }
}

async function tokenizerFile(location: string): Promise<string> {
  const facts = await stat(location).catch(() => null);
  if (facts === null) {
    throw new UserError("file-missing", `There is no tokenizer at ${location}: no such file or folder.`);
  }
  return path.resolve(facts.isDirectory() ? path.join(location, "tokenizer.json") : location);
}

async function readJsonObject(file: string): Promise<Record<string, unknown> | null> {
  const text = await readOptional(file);
  return text === null ? null : parseObject(file, text);
}

async function readOptional(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new UserError(
      "file-unreadable",
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError("bad-tokenizer", `${file} is not valid JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserError("bad-tokenizer", `${file} does not hold a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function openLibrary(
  file: string,
  definition: Record<string, unknown>,
  config: Record<string, unknown>,
): LibraryTokenizer {
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  try {
    return new LibraryTokenizer({ ...parts, added_tokens: [], ...definition }, config);
  } catch (error) {
    throw new UserError(
      "bad-tokenizer",
      `${file} is not a tokenizer that can be used: ${(error as Error).message}.`,
    );
  }
}

interface AddedToken {
  id: number;
  content: string;
  special?: boolean;
}

function addedTokens(definition: Record<string, unknown>): AddedToken[] {
  return Array.isArray(definition.added_tokens) ? (definition.added_tokens as AddedToken[]) : [];
}

function withoutNull(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** Every `*_token` entry: a text, or an object with the text as its `content`. */
function namedSpecialTokens(config: Record<string, unknown>): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [name, value] of Object.entries(config)) {
    if (!name.endsWith("_token")) continue;
    const content = typeof value === "object" && value !== null ? (value as AddedToken).content : value;
    if (typeof content === "string") tokens.set(name, content);
  }
  return tokens;
}

const wellKnownEndings = ["<|eos|>", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"];

/** The tokenizer's own word, else the model's `eos_token_id`, else an added token of a well-known name. */
function findEos(
  library: LibraryTokenizer,
  specialTokens: ReadonlyMap<string, string>,
  modelConfig: Record<string, unknown>,
  added: readonly AddedToken[],
): number | null {
  const named = idOf(library, specialTokens.get("eos_token"));
  if (named !== null) return named;
  const ofModel = Array.isArray(modelConfig.eos_token_id)
    ? modelConfig.eos_token_id[0]
    : modelConfig.eos_token_id;
  if (typeof ofModel === "number") return ofModel;
  return (
    wellKnownEndings.map((text) => added.find((token) => token.content === text)?.id).find(isNumber) ?? null
  );
}

/** `add_bos_token` decides where it is given, as in transformers; else what the post-processor writes before a text. */
function beginningOf(
  library: LibraryTokenizer,
  config: Record<string, unknown>,
  bosId: number | null,
): readonly number[] {
  if (typeof config.add_bos_token === "boolean") return config.add_bos_token && bosId !== null ? [bosId] : [];
  const text = "a";
  const plain = library.encode(text, { add_special_tokens: false }).ids;
  const whole = library.encode(text, { add_special_tokens: true }).ids;
  const at = whole.findIndex((_, start) => plain.every((id, i) => whole[start + i] === id));
  return at === -1 ? [] : whole.slice(0, at);
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

function idOf(library: LibraryTokenizer, content: string | undefined): number | null {
  return content === undefined ? null : (library.token_to_id(content) ?? null);
}

function highestId(library: LibraryTokenizer): number {
  let highest = -1;
  for (const id of library.get_vocab(true).values()) if (id > highest) highest = id;
  return highest;
}

/** One template, or a list of named ones of which "default" is meant. */
function templateOf(config: Record<string, unknown>): string | null {
  const template = config.chat_template;
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return null;
  const named = template as { name?: unknown; template?: unknown }[];
  const chosen = named.find((entry) => entry.name === "default") ?? named[0];
  return typeof chosen?.template === "string" ? chosen.template : null;
}
