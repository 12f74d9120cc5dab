/**
 * `npm run bench:tokenizing [-- --write]`: how many tokens a second one core makes of text, and of conversations rendered by a chat
 * template; and how the time grows with the length of a text in which no word ends. The vocabularies of real size are trained on
 * text that npm installed (tokenizing-corpus.ts) and measured on other files of it.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { byteLetters } from "../../training-host/data/byte-letters";
import { ByteLevelBpeTrainer } from "../../training-host/data/byte-level-bpe";
import { renderingFor } from "../../training-host/data/chat-template";
import { encodeExample } from "../../training-host/data/encode-example";
import { rowPieces } from "../../training-host/data/formats/row-pieces";
import { loadTokenizer, type Tokenizer } from "../../training-host/data/tokenizer";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { median } from "./statistics";
import { readCorpus } from "./tokenizing-corpus";

const VOCABULARY = 32_000;
const LONG = 400_000;
const write = process.argv.includes("--write");
const rounds = process.argv.includes("--quick") ? 1 : 5;

interface Subject {
  name: string;
  folder: string;
}

interface Definition {
  model: { vocab: Record<string, number>; merges: string[] };
}

const corpus = readCorpus();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mos-tokenizing-"));
try {
  const note = loadWarning();
  const subjects = await makeSubjects();
  const speeds = [["tokenizer", "tokens/s, words seen for the first time", "seen before", "conversations"]];
  for (const subject of subjects) speeds.push(await measureSpeed(subject));
  const lengths = [["tokenizer", "text of 400,000 characters", "tokens", "seconds", "times a quarter of it"]];
  for (const subject of subjects.slice(0, 2)) lengths.push(...(await measureLengths(subject)));
  report(speeds, lengths, note);
} finally {
  fs.rmSync(scratch, { recursive: true });
}

async function makeSubjects(): Promise<Subject[]> {
  const trainer = new ByteLevelBpeTrainer();
  for (const text of corpus.training) trainer.add(text);
  const trained = await trainer.train(VOCABULARY);
  const config = { eos_token: "<|eos|>", bos_token: "<|bos|>", clean_up_tokenization_spaces: false };
  const byteLevel = saveTokenizer("byte-level", trained.tokenizer, config);
  const reference = (name: string) => path.join(__ROOT__, "test/fixtures/reference/tokenizer", name);
  const gemma = JSON.parse(
    fs.readFileSync(path.join(reference("gemma"), "tokenizer.json"), "utf8"),
  ) as object;
  const marked = likeSentencePiece(trained.tokenizer as unknown as Definition, gemma as Definition);
  const settings = { eos_token: "<eos>", bos_token: "<bos>", clean_up_tokenization_spaces: false };
  const sentencePiece = saveTokenizer("sentencepiece", marked, settings);
  return [
    { name: `byte-level BPE (Qwen2's kind), ${VOCABULARY} tokens`, folder: byteLevel },
    {
      name: `SentencePiece's BPE (Gemma's kind), ${Object.keys(marked.model.vocab).length} tokens`,
      folder: sentencePiece,
    },
    ...["qwen2", "llama3", "gemma"].map((name) => ({
      name: `reference ${name}, 320 tokens`,
      folder: reference(name),
    })),
  ];
}

function saveTokenizer(name: string, definition: object, config: object): string {
  const folder = path.join(scratch, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(definition));
  fs.writeFileSync(path.join(folder, "tokenizer_config.json"), JSON.stringify(config));
  return folder;
}

/** Gemma's tokenizer with the merges of another: those of whole characters, spelled in its way. */
function likeSentencePiece(trained: Definition, gemma: Definition): Definition {
  const bytes = new Map(byteLetters.map((letter, byte) => [letter, byte]));
  const respell = (token: string): string | null => {
    const text = Buffer.from(Array.from(token, (letter) => bytes.get(letter) ?? 0)).toString("utf8");
    return text.includes("\ufffd") ? null : text.replaceAll(" ", "\u2581");
  };
  const tokens = new Set(
    Object.entries(gemma.model.vocab)
      .filter(([, id]) => id < 262)
      .map(([token]) => token),
  );
  const merges: string[] = [];
  for (let code = 33; code < 0x250; code++) tokens.add(String.fromCodePoint(code));
  tokens.add("\u2581");
  for (const merge of trained.model.merges) {
    const [left, right] = merge.split(" ").map(respell);
    if (!left || !right || (left + right).includes("\n") || !tokens.has(left) || !tokens.has(right)) continue;
    tokens.add(left + right);
    merges.push(`${left} ${right}`);
  }
  const vocab = Object.fromEntries([...tokens].map((token, id) => [token, id]));
  const model = { ...gemma.model, vocab, merges };
  return { ...gemma, model };
}

async function measureSpeed({ name, folder }: Subject): Promise<string[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  const chats: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const tokenizer = await loadTokenizer(folder);
    cold.push(
      tokensPerSecond(() => corpus.measured.reduce((sum, text) => sum + tokenizer.encode(text).length, 0)),
    );
    warm.push(
      tokensPerSecond(() => corpus.measured.reduce((sum, text) => sum + tokenizer.encode(text).length, 0)),
    );
    chats.push(await measureChats(tokenizer));
  }
  return [name, ...[cold, warm, chats].map((values) => Math.round(median(values)).toLocaleString("en"))];
}

/** Rows of six turns of some 300 characters, from the row to its tokens and what is learned of them. */
async function measureChats(tokenizer: Tokenizer): Promise<number> {
  const kind = tokenizer.chatTemplate === null ? "vicuna" : "own";
  const rendering = await renderingFor(tokenizer, { kind }, "");
  const format = { kind: "chat", messages: "messages", role: "role", text: "content" } as const;
  const pieces = corpus.measured.join("\n").match(/.{1,300}/gs) ?? [];
  return tokensPerSecond(() => {
    let tokens = 0;
    for (let start = 0; start + 6 <= pieces.length; start += 6) {
      const messages = pieces.slice(start, start + 6).map((content, index) => ({
        role: index % 2 === 0 ? "user" : "assistant",
        content,
      }));
      const row = { value: { messages }, place: "", source: "", bytesRead: 0 };
      tokens += encodeExample(rowPieces(format, row as never, rendering), tokenizer, 1_000_000).example.ids
        .length;
    }
    return tokens;
  });
}

function tokensPerSecond(work: () => number): number {
  const start = performance.now();
  const tokens = work();
  return tokens / ((performance.now() - start) / 1000);
}

async function measureLengths({ name, folder }: Subject): Promise<string[][]> {
  const tokenizer = await loadTokenizer(folder);
  const scattered = (from: number, count: number) =>
    Array.from({ length: LONG }, (_, index) =>
      String.fromCodePoint(from + ((index * 7919 + ((index * index) % 104_729)) % count)),
    ).join("");
  const texts = {
    "letters, no space": scattered(97, 26),
    "Chinese characters": scattered(0x4e00, 5000),
    spaces: " ".repeat(LONG),
  };
  return Object.entries(texts).map(([what, text]) => {
    const seconds = (length: number) => {
      const start = performance.now();
      const tokens = tokenizer.encode(text.slice(0, length)).length;
      return { tokens, seconds: (performance.now() - start) / 1000 };
    };
    seconds(10_000);
    const quarter = seconds(text.length / 4).seconds;
    const whole = seconds(text.length);
    return [
      name,
      what,
      whole.tokens.toLocaleString("en"),
      whole.seconds.toFixed(2),
      (whole.seconds / quarter).toFixed(1),
    ];
  });
}

function report(speeds: string[][], lengths: string[][], note: string): void {
  const [speedHeader, ...speedRows] = speeds as [string[], ...string[][]];
  const [lengthHeader, ...lengthRows] = lengths as [string[], ...string[][]];
  console.log(`${plainTable(speedHeader, speedRows)}\n\n${plainTable(lengthHeader, lengthRows)}`);
  if (!write) return;
  const about = `${describeMachine()}. Medians of ${rounds}. ${note}`.trim();
  const tables = `${markdownTable(speedHeader, speedRows)}\n\n${markdownTable(lengthHeader, lengthRows)}`;
  writeSection("tokenizing", `${about}\n\n${tables}`);
}
