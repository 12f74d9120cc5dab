import * as fs from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DatasetConfig, ModelConfig } from "../../../../contracts/plan";
import {
  type DataConfig,
  type DataPhase,
  type LoadedData,
  loadData,
  tokenizeAll,
} from "../../../../training-host/data/load-data";
import { loadTokenizer, type Tokenizer } from "../../../../training-host/data/tokenizer";
import { DataWorkers, type DataWorkersOptions } from "../../../../training-host/data/workers/data-workers";
import { temporaryFolder, write } from "./temporary-folder";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");

function dataset(name: string, overrides: Partial<DatasetConfig> = {}): DatasetConfig {
  return {
    name,
    path: `${name}.jsonl`,
    hub: null,
    format: { kind: "columns", prompt: "q", answer: "a", system: null },
    dev: null,
    split: null,
    duplicates: "keep",
    malformed: "stop",
    weight: 1,
    limit: null,
    license: null,
    ...overrides,
  };
}

function modelOf(tokenizer: string | null): ModelConfig {
  return {
    name: "nano",
    path: null,
    hub: null,
    scratch: {
      ...{ architecture: "llama", layers: 1, width: 8, heads: 1, kvHeads: 1, hidden: 8 },
      ...{ vocab: 264, tiedHead: true, ropeTheta: 10000 },
    },
    tokenizer: tokenizer && path.join(fixtures, tokenizer),
    template: { kind: "own" },
    lora: null,
  };
}

interface Changes {
  template?: string;
  length?: number;
  samples?: number | null;
  tokenizer?: string | null;
}

function config(data: DatasetConfig[], changes: Changes = {}): DataConfig {
  const { length = 200, samples = null, tokenizer = "llama3", template } = changes;
  const model = modelOf(tokenizer);
  if (template !== undefined) model.template = { kind: "file", path: template };
  return { seed: 1, model, data, train: { length }, eval: { samples } };
}

function workersFor(options: Partial<DataWorkersOptions> = {}): DataWorkers {
  const workers = new DataWorkers({ threads: 1, ...options });
  onTestFinished(() => workers.close());
  return workers;
}

async function load(
  folder: string,
  asked: DataConfig,
  workers = workersFor(),
  onProgress?: (phase: DataPhase, share: number) => void,
): Promise<LoadedData> {
  const data = await loadData(asked, { baseDirectory: folder, runFolder: folder }, workers, onProgress);
  onTestFinished(async () => {
    for (const store of storesOf(data)) await store.close();
  });
  return data;
}

function storesOf({ train, heldOut }: LoadedData): LoadedData["train"] {
  return [...heldOut.values(), ...train];
}

function lines(count: number, from = 0): string {
  const row = (n: number) => JSON.stringify({ q: `What is ${n} + 1?`, a: `${n + 1}` });
  return `${Array.from({ length: count }, (_, index) => row(from + index)).join("\n")}\n`;
}

test("loads training and held-out data by dataset, and tells how far it is", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(30));
  write(folder, "dev.jsonl", lines(10, 25));
  write(folder, "story.jsonl", `${JSON.stringify({ body: "the river station" })}\n`);
  const tokenizer = await loadTokenizer(path.join(fixtures, "llama3"));
  const progress = new Map<DataPhase, number[]>();
  const tell = (phase: DataPhase, share: number) =>
    progress.set(phase, [...(progress.get(phase) ?? []), share]);
  const asked = config([
    dataset("sums", { dev: "dev.jsonl" }),
    dataset("story", { format: { kind: "text", column: "body" } }),
  ]);
  const data = await load(folder, asked, workersFor(), tell);
  await tokenizeAll(storesOf(data), (share) => tell("tokenizing", share));
  expect(data.train.map(({ name, size }) => [name, size])).toEqual([
    ["sums", 30],
    ["story", 1],
  ]);
  expect([...data.heldOut].map(([name, { size }]) => [name, size])).toEqual([["sums", 10]]);
  expect(data.small).toHaveLength(2);
  const story = data.train[1]!;
  const [example] = await story.get([0]);
  expect([...example!.ids]).toEqual([317, ...tokenizer.encode("the river station"), 318]);
  expect(story.facts).toEqual({
    tokens: example!.ids.length,
    responseTokens: example!.ids.length - 1,
    truncated: 0,
    dropped: 0,
  });
  expect([...progress.keys()]).toEqual(["reading-data", "tokenizing"]);
  for (const shares of progress.values()) {
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  }
  expect(data.overlap).toEqual({
    heldOut: [{ dataset: "sums", train: "sums", rows: 5, first: "dev.jsonl:1" }],
    shared: [],
  });
});

test("takes the first rows only when there is a limit", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", `${lines(7)}this line is not read`);
  const data = [dataset("sums", { limit: 7, dev: "sums.jsonl" })];
  const { train, heldOut } = await load(folder, config(data, { samples: 4 }));
  expect(train[0]!.size).toBe(7);
  expect(heldOut.get("sums")!.size).toBe(4);
});

test("cuts long examples, marks those without anything to learn, and counts both", async () => {
  const folder = temporaryFolder();
  const rows = [
    { q: "x", a: "the river station" },
    { q: "x", a: "t".repeat(300) },
    { q: "z".repeat(300), a: "y" },
  ];
  write(folder, "sums.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  const asked = config([dataset("sums")], { length: 150, tokenizer: "qwen2" });
  const [store] = (await load(folder, asked)).train;
  expect(await store!.tokenize()).toMatchObject({ truncated: 1, dropped: 1 });
  expect([...(await store!.lengths())].map((length) => length <= 150)).toEqual([true, true, true]);
  const nothing = await load(folder, config([dataset("sums")], { length: 3, tokenizer: "qwen2" }));
  await expect(tokenizeAll(storesOf(nothing))).rejects.toMatchObject({
    reason: "file-empty",
    message: "None of the 3 rows of sums.jsonl has anything to learn within 3 tokens.",
  });
});

test("malformed rows stop the run, or are left out and counted", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", `${lines(3)}{"q": "torn\n${lines(3, 10)}{"q": "no answer"}\n`);
  await expect(load(folder, config([dataset("sums")]))).rejects.toMatchObject({
    reason: "bad-row",
    message: expect.stringMatching(/^sums\.jsonl:4: .* It is the first of 2 rows that cannot be used\.$/),
    advice: expect.stringContaining("malformed skip"),
  });
  const { train, findings } = await load(folder, config([dataset("sums", { malformed: "skip" })]));
  expect(train[0]!.size).toBe(6);
  expect(findings[0]).toMatchObject({ name: "sums", looked: 8, malformed: 2 });
  write(folder, "torn.jsonl", "no\nneither\n");
  await expect(load(folder, config([dataset("torn", { malformed: "skip" })]))).rejects.toMatchObject({
    reason: "file-empty",
    message: "All of the 2 rows of torn.jsonl are malformed.",
  });
});

test("a row that the chat template refuses stops the run, or is passed over; another template makes other examples", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(3));
  const turns = "{% for m in messages %}{{ m.role + ': ' + m.content + eos_token }}{% endfor %}";
  const prompt = "{% if add_generation_prompt %}assistant: {% endif %}";
  write(folder, "plain.jinja", turns + prompt);
  const refusing = "{% if '1 + 1' in messages[0].content %}{{ raise_exception('not this one') }}{% endif %}";
  write(folder, "picky.jinja", refusing + turns + prompt);
  const plain = await load(folder, config([dataset("sums")], { template: "plain.jinja" }));
  await tokenizeAll(storesOf(plain));
  const picky = (malformed: "stop" | "skip") =>
    load(folder, config([dataset("sums", { malformed })], { template: "picky.jinja" }));
  const stopping = await picky("stop");
  await expect(tokenizeAll(storesOf(stopping))).rejects.toMatchObject({
    reason: "bad-row",
    message: expect.stringMatching(/^sums\.jsonl:2: the chat template refuses .*: not this one\.$/),
  });
  expect(stopping.train[0]!.failure).toMatchObject({ reason: "bad-row" });
  await expect(stopping.train[0]!.get([0])).rejects.toMatchObject({ reason: "bad-row" });
  const skipping = await picky("skip");
  await tokenizeAll(storesOf(skipping));
  expect(skipping.train[0]!.facts).toMatchObject({ dropped: 1 });
  const [first, refused, third] = await skipping.train[0]!.get([0, 1, 2]);
  expect(refused!.ids).toHaveLength(0);
  expect([first, third]).toEqual(await plain.train[0]!.get([0, 2]));
  expect(skipping.train[0]!.contentHash).not.toBe(plain.train[0]!.contentHash);
});

test("a split holds rows out, and equal rows may be left out", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(200) + lines(50));
  const changes = { split: { train: 0.8, dev: 0.2, seed: 1 }, duplicates: "drop" } as const;
  const { train, heldOut, findings, overlap } = await load(folder, config([dataset("sums", changes)]));
  expect(train[0]!.size + heldOut.get("sums")!.size).toBe(200);
  expect(heldOut.get("sums")!.size).toBeGreaterThan(20);
  expect(findings[0]).toMatchObject({ duplicates: 50, dropped: true });
  expect(overlap).toEqual({ heldOut: [], shared: [] });
  const nothing = { split: { train: 0, dev: 0.2, seed: 1 } };
  await expect(load(folder, config([dataset("sums", nothing)]))).rejects.toMatchObject({
    message: "The split leaves no row of sums.jsonl to train on.",
  });
});

test("the content's hash follows everything that changes the tokens, and nothing else", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(5));
  write(folder, "crlf.jsonl", `\r\n${lines(5).replaceAll("\n", "\r\n")}`);
  write(folder, "other.jsonl", lines(5, 1));
  const workers = workersFor();
  const hash = async (changes: Partial<DatasetConfig> = {}, more: Changes = {}) =>
    (await load(folder, config([dataset("sums", changes)], more), workers)).train[0]!.contentHash;
  const hashes = [
    await hash(),
    await hash({ path: "other.jsonl" }),
    await hash({ limit: 4 }),
    await hash({ format: { kind: "text", column: "q" } }),
    await hash({}, { length: 199 }),
    await hash({}, { tokenizer: "qwen2" }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const same of [{ name: "renamed" }, { path: "crlf.jsonl" }, { limit: 5 }, { weight: 3 }]) {
    expect(await hash(same)).toBe(hashes[0]);
  }
});

test("looks for every file before it reads the first", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", "not read");
  const data = [dataset("sums"), dataset("story", { path: "sums.jsonl", dev: "gone.jsonl" })];
  await expect(load(folder, config(data))).rejects.toMatchObject({ reason: "file-missing" });
});

test("what was tokenized once is there for the next run, and examples are the same from any state of the cache", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(700));
  const order = [699, 0, 350, 351, 0];
  // Out of turn: nothing is in the cache, and nothing is tokenized but these.
  const early = await load(folder, config([dataset("sums")]));
  const outOfTurn = await early.train[0]!.get(order);
  expect(early.train[0]!.facts).toBeNull();
  await tokenizeAll(storesOf(early));
  expect(await early.train[0]!.get(order)).toEqual(outOfTurn);
  const late = await load(folder, config([dataset("sums")]));
  expect(late.train[0]!.facts).toEqual(early.train[0]!.facts);
  expect(await late.train[0]!.get(order)).toEqual(outOfTurn);
  // By two threads, in pieces that are not done in order: the same file.
  const file = path.join(folder, ".mos/cache/examples", late.train[0]!.contentHash, "examples.bin");
  const bytes = fs.readFileSync(file);
  fs.rmSync(path.join(folder, ".mos"), { recursive: true });
  const threaded = await load(folder, config([dataset("sums")]), workersFor({ threads: 2, startAfter: 0 }));
  await tokenizeAll(storesOf(threaded));
  expect(fs.readFileSync(file).equals(bytes)).toBe(true);
  // One damaged example is tokenized again, and the file is made again by the next run.
  const damaged = Buffer.from(bytes);
  damaged[6]! ^= 1;
  fs.writeFileSync(file, damaged);
  const repaired = await load(folder, config([dataset("sums")]));
  expect(await repaired.train[0]!.get(order)).toEqual(outOfTurn);
  await repaired.train[0]!.close();
  expect(fs.existsSync(file)).toBe(false);
});

test("ends when it is asked to, at whatever it is", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(20_000));
  for (const phase of ["reading-data", "tokenizing"] as const) {
    const stop = new AbortController();
    const workers = workersFor({ signal: stop.signal });
    const asked = config([dataset("sums")], { length: phase === "tokenizing" ? 200 : 100 });
    const loading = load(folder, asked, workers, (now) => now === phase && stop.abort());
    await expect(loading.then((data) => tokenizeAll(storesOf(data)))).rejects.toMatchObject({
      reason: "cancelled",
    });
  }
});

test("where the plan's folder cannot be written, caches lie with the run", async () => {
  const folder = temporaryFolder();
  const run = temporaryFolder();
  write(folder, "sums.jsonl", lines(3));
  // A file stands where the cache should be.
  write(folder, ".mos", "");
  const data = await loadData(
    config([dataset("sums")]),
    { baseDirectory: folder, runFolder: run },
    workersFor(),
  );
  await tokenizeAll(storesOf(data));
  expect(fs.readdirSync(path.join(run, "cache")).sort()).toEqual(["examples", "surveys"]);
  for (const store of data.train) await store.close();
});

test("a model from scratch gets a tokenizer of its training rows, kept in the run's folder", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(200));
  const { tokenizer, train } = await load(folder, config([dataset("sums")], { tokenizer: null }));
  expect(tokenizer.vocabSize).toBe(264);
  const trained: Tokenizer = await loadTokenizer(path.join(folder, "tokenizer.json"));
  expect(trained.contentHash).toBe(tokenizer.contentHash);
  expect(trained.encode("What is").length).toBeLessThan("What is".length);
  expect((await train[0]!.get([0]))[0]!.ids.at(-1)).toBe(trained.eosId);
  // Resumed: the tokenizer is there, and is not trained on what is held out now.
  write(folder, "sums.jsonl", lines(200, 1000));
  const again = await load(folder, config([dataset("sums")], { tokenizer: null }));
  expect(again.tokenizer.contentHash).toBe(tokenizer.contentHash);
});

test("says where a tokenizer cannot be written", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(3));
  const nowhere = path.join(folder, "nowhere");
  const places = { baseDirectory: folder, runFolder: nowhere };
  const asked = config([dataset("sums")], { tokenizer: null });
  await expect(loadData(asked, places, workersFor())).rejects.toMatchObject({
    reason: "folder-unwritable",
    message: `The tokenizer cannot be written to ${nowhere} (ENOENT).`,
  });
});
