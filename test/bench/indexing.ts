/**
 * `npm run bench:indexing`: how long it takes to index 1 GB of JSON lines, beside reading the file, and how much memory; then how
 * long a row by its number takes, and laying out files of the other forms. Every measurement is made by a process of its own.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { parquetWriteFile } from "hyparquet-writer";
import { openRows, type RowSource } from "../../training-host/data/rows/row-source";
import { Random } from "../../training-host/random";
import { tellFailures } from "./choices";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { median } from "./statistics";

const GIGABYTE = 1e9;
/** Of the other forms, whose times are only told. */
const OTHERS = 2e8;
/** Rows that are read one by one. */
const SINGLE_READS = 5000;

type Task = "read" | "index" | "again" | "single" | "scan";

interface Measurement {
  seconds: number;
  peakBytes: number;
  rows: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      bytes: { type: "string", default: `${GIGABYTE}` },
      write: { type: "boolean", default: false },
      /** What a process of its own measures. */
      task: { type: "string" },
      file: { type: "string" },
    },
  });
  if (values.task !== undefined) {
    console.log(JSON.stringify(await measure(values.task as Task, values.file!)));
    process.exit();
  }
  const warning = loadWarning();
  const rounds = Number(values.rounds);
  const bytes = Number(values.bytes);
  const folder = fs.mkdtempSync(path.join(__ROOT__, ".cache/bench/indexing-"));
  try {
    const lines = [];
    for (const words of [12, 80, 800]) lines.push(await compare(folder, bytes, words, rounds));
    const others = [];
    for (const form of forms) others.push(await layOutTimes(folder, form, Math.min(bytes, OTHERS), rounds));
    report(lines, others, [`${describeMachine()}; medians of ${rounds} rounds.`, warning], values.write);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A line of the table. A B A B: whatever else the machine does meets both alike. */
async function compare(folder: string, bytes: number, words: number, rounds: number): Promise<string[]> {
  const file = path.join(folder, `${words}.jsonl`);
  console.log(`Rows of some ${words} words: writing ${bytes / 1e6} MB ...`);
  await writeTexts(file, bytes, words, (texts) => `${JSON.stringify(texts)}\n`);
  const found: Record<Task, Measurement[]> = { read: [], index: [], again: [], single: [], scan: [] };
  const tasks = Object.keys(found) as Task[];
  // The first round only brings the file into the system's cache.
  for (let round = 0; round <= rounds; round++) {
    for (const task of tasks) {
      // Nobody waits for it: once is enough.
      if (task === "scan" && round !== rounds) continue;
      const measured = inProcess(task, file);
      if (round > 0) found[task].push(measured);
    }
  }
  fs.rmSync(file);
  const seconds = (task: Task) => median(found[task].map((one) => one.seconds));
  const peak = Math.max(...found.index.map(({ peakBytes }) => peakBytes));
  const { rows } = found.index[0]!;
  return [
    `${Math.round(bytes / rows)}`,
    `${(rows / 1e6).toFixed(2)} M`,
    seconds("read").toFixed(3),
    seconds("index").toFixed(3),
    (seconds("index") / seconds("read")).toFixed(2),
    `${Math.round(peak / 2 ** 20)}`,
    seconds("again").toFixed(3),
    `${((1e6 * seconds("single")) / SINGLE_READS).toFixed(0)}`,
    seconds("scan").toFixed(2),
  ];
}

interface Form {
  title: string;
  write(file: string, bytes: number): Promise<void>;
  name: string;
}

const WORDS = 80;

const forms: readonly Form[] = [
  {
    title: "JSON array, indented",
    name: "x.json",
    write: (file, bytes) =>
      writeTexts(
        file,
        bytes,
        WORDS,
        (texts, first) => `${first ? "[" : ","}\n${JSON.stringify(texts, null, 2)}`,
        "\n]\n",
      ),
  },
  {
    title: "CSV",
    name: "x.csv",
    write: (file, bytes) =>
      writeTexts(
        file,
        bytes,
        WORDS,
        ({ prompt, answer }, first) => `${first ? "prompt,answer\r\n" : ""}"${prompt}",${answer}\r\n`,
      ),
  },
  {
    title: "JSON lines, gzip",
    name: "x.jsonl.gz",
    write: (file, bytes) => writeTexts(file, bytes, WORDS, (texts) => `${JSON.stringify(texts)}\n`, "", true),
  },
  { title: "Parquet, snappy", name: "x.parquet", write: writeParquet },
];

async function layOutTimes(folder: string, form: Form, bytes: number, rounds: number): Promise<string[]> {
  const file = path.join(folder, form.name);
  console.log(`${form.title}: writing ...`);
  await form.write(file, bytes);
  const found = Array.from({ length: rounds }, () => inProcess("index", file));
  const { size } = fs.statSync(file);
  fs.rmSync(file);
  const seconds = median(found.map((one) => one.seconds));
  return [
    form.title,
    (size / 1e6).toFixed(0),
    (bytes / 1e6).toFixed(0),
    seconds.toFixed(2),
    (bytes / 1e6 / seconds).toFixed(0),
    `${Math.round(Math.max(...found.map(({ peakBytes }) => peakBytes)) / 2 ** 20)}`,
  ];
}

function inProcess(task: Task, file: string): Measurement {
  const args = [process.argv[1]!, "--task", task, "--file", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${task}: ${stderr}`);
  return JSON.parse(stdout) as Measurement;
}

async function measure(task: Task, file: string): Promise<Measurement> {
  const cacheFolder = path.join(path.dirname(file), "cache");
  if (task === "index") fs.rmSync(cacheFolder, { recursive: true, force: true });
  const location = { path: file, baseDirectory: "/" };
  let rows: RowSource | null = null;
  const begin = performance.now();
  if (task === "read") readWhole(file);
  else rows = await openRows(location, { cacheFolder });
  const opened = performance.now();
  if (task === "single") await readSingle(rows!);
  if (task === "scan") for await (const row of rows!.scan()) if (row.malformed !== null) throw row.malformed;
  const end = performance.now();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const seconds = (task === "single" || task === "scan" ? end - opened : end - begin) / 1000;
  const size = rows?.size ?? 0;
  await rows?.close();
  return { seconds, peakBytes, rows: size };
}

/** As fast as Node can: into one buffer, without waiting for the event loop. */
function readWhole(file: string): void {
  const buffer = Buffer.allocUnsafeSlow(2 ** 21);
  const descriptor = fs.openSync(file, "r");
  while (fs.readSync(descriptor, buffer, 0, buffer.length, null) > 0);
  fs.closeSync(descriptor);
}

async function readSingle(rows: RowSource): Promise<void> {
  const random = new Random(1, "single reads");
  for (let count = 0; count < SINGLE_READS; count++) await rows.read(Math.floor(random.next() * rows.size));
}

interface Texts {
  prompt: string;
  answer: string;
}

/** Texts of `words` words each in the middle. */
function* texts(words: number): Generator<Texts> {
  const random = new Random(1, "texts");
  const below = (count: number) => Math.floor(random.next() * count);
  const letters = "etaoinshrdlu";
  const word = () => Array.from({ length: 2 + below(8) }, () => letters[below(letters.length)]).join("");
  const pool = Array.from({ length: 4000 }, word);
  for (;;) {
    const length = Math.max(2, below(2 * words));
    const from = below(Math.max(1, pool.length - length));
    const answer = pool.slice(from, from + length).join(" ");
    yield { prompt: pool.slice(from, from + Math.ceil(length / 4)).join(" "), answer };
  }
}

async function writeTexts(
  file: string,
  bytes: number,
  words: number,
  row: (texts: Texts, first: boolean) => string,
  end = "",
  gzip = false,
): Promise<void> {
  const written = fs.createWriteStream(file);
  const packer = gzip ? createGzip({ level: 6 }) : null;
  packer?.pipe(written);
  const stream: Writable = packer ?? written;
  const finished = once(written, "finish");
  let done = 0;
  let pending: string[] = [];
  let first = true;
  for (const one of texts(words)) {
    const text = row(one, first);
    first = false;
    pending.push(text);
    done += text.length;
    if (pending.length < 2000 && done < bytes) continue;
    if (!stream.write(pending.join(""))) await once(stream, "drain");
    pending = [];
    if (done >= bytes) break;
  }
  stream.end(end);
  await finished;
}

async function writeParquet(file: string, bytes: number): Promise<void> {
  const prompt: string[] = [];
  const answer: string[] = [];
  let done = 0;
  for (const one of texts(WORDS)) {
    prompt.push(one.prompt);
    answer.push(one.answer);
    done += one.prompt.length + one.answer.length;
    if (done >= bytes) break;
  }
  const columnData = [
    { name: "prompt", data: prompt, type: "STRING" as const },
    { name: "answer", data: answer, type: "STRING" as const },
  ];
  await parquetWriteFile({ filename: file, columnData, rowGroupSize: 50_000 });
}

function report(
  lines: readonly string[][],
  others: readonly string[][],
  facts: readonly string[],
  write: boolean,
): void {
  const header = [
    ...["bytes per row", "rows", "reading, s", "indexing, s", "of reading", "peak memory, MiB"],
    ...["opening again, s", "one row, µs", "scanning all, s"],
  ];
  const otherHeader = [
    "form",
    "MB on disk",
    "MB of text",
    "laying out, s",
    "MB of text/s",
    "peak memory, MiB",
  ];
  const sentence = facts.filter(Boolean).join(" ");
  console.log(`\n${plainTable(header, lines)}\n\n${plainTable(otherHeader, others)}\n\n${sentence}`);
  if (write)
    writeSection(
      "indexing",
      [markdownTable(header, lines), markdownTable(otherHeader, others), sentence].join("\n\n"),
    );
}

await tellFailures(main);
