/**
 * A tokenizer takes much longer for one long text than for its parts (1 MB in one call: ten times as long, and its tokens all
 * at once in memory). A text may be cut where no token can reach across: between a letter and a space, if the tokenizer always
 * starts a new word there.
 */
const CHUNK_LENGTH = 8192;

/** Parts of `text`, in order, of about CHUNK_LENGTH characters each; cut only between a letter and a space. */
export function* cutBeforeSpaces(text: string): Generator<string> {
  const boundary = /\p{L} /gu;
  let start = 0;
  while (text.length - start > CHUNK_LENGTH) {
    boundary.lastIndex = start + CHUNK_LENGTH;
    const match = boundary.exec(text);
    if (match === null) break;
    const cut = match.index + match[0].length - 1;
    yield text.slice(start, cut);
    start = cut;
  }
  yield text.slice(start);
}

type Json = Record<string, unknown>;

/** True when cutting as above cannot change the tokens. `preTokenize` is the tokenizer's own splitting into words. */
export function canCutBeforeSpaces(definition: Json, preTokenize: (text: string) => string[]): boolean {
  return (
    flatten(definition.normalizer, "normalizers").every(keepsBoundary) &&
    flatten(definition.pre_tokenizer, "pretokenizers").every(addsNothing) &&
    addedTokensStayWhole(definition) &&
    (wordsEndBeforeSpaces(preTokenize) || mergesStopAtSpaces(definition))
  );
}

/**
 * True when each word with the spaces before it can be encoded by itself: BPE in SentencePiece's way, where no merge joins something
 * with a space after it, and nothing else looks across.
 */
export function wordsStandAlone(definition: Json): boolean {
  const added = Array.isArray(definition.added_tokens) ? (definition.added_tokens as Json[]) : [];
  const splits = flatten(definition.pre_tokenizer, "pretokenizers");
  return (
    flatten(definition.normalizer, "normalizers").every(({ type }) => type === "Replace") &&
    splits.every(({ type, pattern }) => type === "Split" && (pattern as Json | undefined)?.String === " ") &&
    added.every(({ content }) => !/[^ ] /.test(String(content))) &&
    canCutBeforeSpaces(definition, (text) => [text])
  );
}

function flatten(part: unknown, members: string): Json[] {
  if (typeof part !== "object" || part === null) return [];
  const inner = (part as Json)[members];
  return Array.isArray(inner) ? inner.flatMap((member) => flatten(member, members)) : [part as Json];
}

/** Not `Prepend` and `Strip`: they change the start of every part. */
function keepsBoundary(normalizer: Json): boolean {
  if (normalizer.type === "Replace") return (normalizer.pattern as Json | undefined)?.String === " ";
  return ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"].includes(String(normalizer.type));
}

/** Not `Metaspace`, nor a prefix space: they put a space before every part. */
function addsNothing(preTokenizer: Json): boolean {
  return preTokenizer.type !== "Metaspace" && preTokenizer.add_prefix_space !== true;
}

function addedTokensStayWhole(definition: Json): boolean {
  const added = Array.isArray(definition.added_tokens) ? (definition.added_tokens as Json[]) : [];
  return added.every(
    (token) => token.lstrip !== true && token.rstrip !== true && !/\p{L} /u.test(String(token.content)),
  );
}

function wordsEndBeforeSpaces(preTokenize: (text: string) => string[]): boolean {
  return ["ab cd", "ab  cd", "ab \ncd", "ab 1", "ab .", "ab "].every((text) => preTokenize(text)[0] === "ab");
}

/** SentencePiece's way of BPE over the whole text, spaces written as U+2581: no merge joins something with a space after it. */
function mergesStopAtSpaces(definition: Json): boolean {
  const model = definition.model as Json | undefined;
  if (model?.type !== "BPE" || !Array.isArray(model.merges)) return false;
  const marked = flatten(definition.normalizer, "normalizers").some((part) => part.content === "\u2581");
  return marked && (model.merges as (string | [string, string])[]).every(stopsAtSpace);
}

function stopsAtSpace(merge: string | [string, string]): boolean {
  const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
  return !right?.startsWith("\u2581") || left?.endsWith("\u2581") === true;
}
