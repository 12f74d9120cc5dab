import { type ChatTemplate, type Message, type Span, unusedCharacters } from "../chat-template";

/**
 * Where the assistant's turns are in what a template writes: from the end of the generation prompt to the end of the token that
 * ends the turn. null: not to be seen this way. One rendering more than the text itself, whatever the number of turns.
 *
 * The conversation is rendered once more with marks around every turn's words. They count only if the template wrote the very
 * same text around them, so it did not look at what is marked.
 */
export function findAnswers(
  text: string,
  messages: readonly Message[],
  template: ChatTemplate,
  specialTexts: readonly string[],
): Span[] | null {
  const prompt = template.generationPrompt;
  if (prompt === null || prompt === "") return null;
  const words = findWords(text, messages, template);
  if (words === null) return null;
  const spans: Span[] = [];
  const endings = new Set<string>();
  let before = 0;
  for (const [index, message] of messages.entries()) {
    const { from, to } = words[index]!;
    if (message.role === "assistant") {
      // Of words whose beginning the template left out (thoughts), only the end is known.
      if (to === null) return null;
      const start = text.indexOf(prompt, before) + prompt.length;
      const ending = endingAt(text, to, specialTexts);
      if (start < prompt.length || start > (from ?? to) || ending === null) return null;
      endings.add(ending.token);
      spans.push([start, ending.end]);
    }
    if (to !== null) before = to;
  }
  // A token that ends some turns and not others rather begins the turn that follows.
  return endings.size === 1 ? spans : null;
}

/** The token that ends a turn whose words end at `from`; blanks may stand before it. */
function endingAt(
  text: string,
  from: number,
  specialTexts: readonly string[],
): { token: string; end: number } | null {
  const start = from + /^\s*/.exec(text.slice(from, from + 100))![0].length;
  const tokens = specialTexts.filter((special) => special !== "" && text.startsWith(special, start));
  const token = tokens.reduce(
    (longest, special) => (special.length > longest.length ? special : longest),
    "",
  );
  return token === "" ? null : { token, end: start + token.length };
}

/** Where a message's words are, without blanks around them; null: left out. */
interface Words {
  from: number | null;
  to: number | null;
}

function findWords(text: string, messages: readonly Message[], template: ChatTemplate): Words[] | null {
  const free = unusedCharacters(messages);
  if (free === null) return null;
  const [open, close] = free;
  const marked = render(
    template,
    messages.map((message, index) => mark(message, index, open, close)),
  );
  if (marked === null) return null;
  const words = messages.map((): Words => ({ from: null, to: null }));
  let plain = "";
  let last = 0;
  for (const found of marked.matchAll(new RegExp(`${open}(\\d+)([${open}${close}])`, "g"))) {
    plain += marked.slice(last, found.index);
    last = found.index + found[0].length;
    const place = words[Number(found[1])]!;
    const side = found[2] === open ? "from" : "to";
    if (place[side] !== null) return null;
    place[side] = plain.length;
  }
  return plain + marked.slice(last) === text ? words : null;
}

/** Blanks stay outside: templates strip them. */
function mark(message: Message, index: number, open: string, close: string): Message {
  const { content } = message;
  const core = content.trim();
  const start = content.length - content.trimStart().length;
  const [before, after] = [content.slice(0, start), content.slice(start + core.length)];
  return { ...message, content: `${before}${open}${index}${open}${core}${open}${index}${close}${after}` };
}

function render(template: ChatTemplate, messages: readonly Message[]): string | null {
  try {
    return template.render(messages, false);
  } catch {
    return null;
  }
}
