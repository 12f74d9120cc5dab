import path from "node:path";
import { expect, test } from "vitest";
import type { DatasetConfig } from "../../../../contracts/plan";
import { type DataConfig, type LoadProgress, loadData } from "../../../../training-host/data/load-data";
import { findOverlap } from "../../../../training-host/data/overlap";
import { openRunTokenizer } from "../../../../training-host/data/run-tokenizer";
import { loadTokenizer } from "../../../../training-host/data/tokenizer";
import { temporaryFolder, write } from "./temporary-folder";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");

function dataset(name: string, overrides: Partial<DatasetConfig> = {}): DatasetConfig {
  return {
    name,
    path: `${name}.jsonl`,
    format: { kind: "columns", prompt: "q", answer: "a" },
    dev: null,
    weight: 1,
    limit: null,
    license: null,
    ...overrides,
  };
}

function config(data: DatasetConfig[], length = 200, samples: number | null = null): DataConfig {
  return { data, train: { length }, eval: { samples } };
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
  const progress: LoadProgress[] = [];
  const { train, heldOut } = await loadData(
    config([
      dataset("sums", { dev: "dev.jsonl" }),
      dataset("story", { format: { kind: "text", column: "body" } }),
    ]),
    folder,
    tokenizer,
    (state) => progress.push(state),
  );
  expect(train.map(({ name, examples }) => [name, examples.length])).toEqual([
    ["sums", 30],
    ["story", 1],
  ]);
  expect([...heldOut].map(([name, { examples }]) => [name, examples.length])).toEqual([["sums", 10]]);
  const story = train[1]!;
  expect([...story.examples[0]!.ids]).toEqual([317, ...tokenizer.encode("the river station"), 318]);
  expect([story.tokens, story.responseTokens]).toEqual([story.examples[0]!.ids.length, story.tokens - 1]);
  const shares = progress.map(({ share }) => share);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(findOverlap(train, heldOut)).toEqual([{ heldOut: "sums", train: "sums", examples: 5 }]);
});

test("takes the first rows only when there is a limit", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", `${lines(7)}this line is not read`);
  const tokenizer = await loadTokenizer(path.join(fixtures, "qwen2"));
  const data = [dataset("sums", { limit: 7, dev: "sums.jsonl" })];
  const { train, heldOut } = await loadData(config(data, 200, 4), folder, tokenizer);
  expect(train[0]!.examples).toHaveLength(7);
  expect(heldOut.get("sums")!.examples).toHaveLength(4);
});

test("cuts long examples, leaves out those without anything to learn, and counts both", async () => {
  const folder = temporaryFolder();
  const tokenizer = await loadTokenizer(path.join(fixtures, "qwen2"));
  const rows = [
    { q: "x", a: "the river station" },
    { q: "x", a: "t".repeat(300) },
    { q: "z".repeat(300), a: "y" },
  ];
  write(folder, "sums.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  const { train } = await loadData(config([dataset("sums")], 150), folder, tokenizer);
  expect(train[0]).toMatchObject({ truncated: 1, dropped: 1 });
  expect(train[0]!.examples.map(({ ids }) => ids.length <= 150)).toEqual([true, true]);
  await expect(loadData(config([dataset("sums")], 3), folder, tokenizer)).rejects.toMatchObject({
    reason: "file-empty",
    message: "None of the 3 rows of sums.jsonl has anything to learn within 3 tokens.",
  });
});

test("the content's hash follows everything that changes the tokens, and nothing else", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(5));
  write(folder, "crlf.jsonl", `\r\n${lines(5).replaceAll("\n", "\r\n")}`);
  write(folder, "other.jsonl", lines(5, 1));
  const llama3 = await loadTokenizer(path.join(fixtures, "llama3"));
  const qwen2 = await loadTokenizer(path.join(fixtures, "qwen2"));
  const hash = async (changes: Partial<DatasetConfig> = {}, length = 200, tokenizer = llama3) =>
    (await loadData(config([dataset("sums", changes)], length), folder, tokenizer)).train[0]!.contentHash;
  const hashes = [
    await hash(),
    await hash({ path: "other.jsonl" }),
    await hash({ limit: 4 }),
    await hash({ format: { kind: "text", column: "q" } }),
    await hash({}, 199),
    await hash({}, 200, qwen2),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const same of [{ name: "renamed" }, { path: "crlf.jsonl" }, { limit: 5 }, { weight: 3 }]) {
    expect(await hash(same)).toBe(hashes[0]);
  }
});

test("looks for every file before it reads the first", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", "not read");
  const tokenizer = await loadTokenizer(path.join(fixtures, "qwen2"));
  const data = [dataset("sums"), dataset("story", { path: "sums.jsonl", dev: "gone.jsonl" })];
  await expect(loadData(config(data), folder, tokenizer)).rejects.toMatchObject({ reason: "file-missing" });
});

test("lets other work run meanwhile, and ends when it is asked to", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(20_000));
  const tokenizer = await loadTokenizer(path.join(fixtures, "llama3"));
  const stop = new AbortController();
  // Fires only if the event loop gets a turn before the end.
  setImmediate(() => setTimeout(() => stop.abort(), 1));
  const loading = loadData(config([dataset("sums")]), folder, tokenizer, () => {}, stop.signal);
  await expect(loading).rejects.toMatchObject({ reason: "cancelled" });
});

const scratch = { architecture: "llama", layers: 1, width: 8, heads: 1, kvHeads: 1, hidden: 8 } as const;

test("a model from scratch gets a tokenizer of its data, kept in the run's folder", async () => {
  const folder = temporaryFolder();
  const run = temporaryFolder();
  write(folder, "sums.jsonl", lines(200));
  const model = {
    name: "nano",
    path: null,
    scratch: { ...scratch, vocab: 264, tiedHead: true, ropeTheta: 10000 },
    tokenizer: null,
    lora: null,
  };
  const tokenizer = await openRunTokenizer({ seed: 1, model, data: [dataset("sums")] }, folder, run);
  expect(tokenizer.vocabSize).toBe(264);
  expect(tokenizer.encode("What is").length).toBeLessThan("What is".length);
  // Resumed: the tokenizer is there, the data are not needed.
  const again = await openRunTokenizer({ seed: 1, model, data: [dataset("gone")] }, folder, run);
  expect(again.contentHash).toBe(tokenizer.contentHash);
  const { train } = await loadData(config([dataset("sums")]), folder, again);
  expect(train[0]!.examples[0]!.ids.at(-1)).toBe(tokenizer.eosId);
});

test("says where a tokenizer cannot be written", async () => {
  const folder = temporaryFolder();
  write(folder, "sums.jsonl", lines(3));
  const model = {
    name: "nano",
    path: null,
    scratch: { ...scratch, vocab: 259, tiedHead: true, ropeTheta: 10000 },
    tokenizer: null,
    lora: null,
  };
  const nowhere = path.join(folder, "nowhere");
  await expect(
    openRunTokenizer({ seed: 1, model, data: [dataset("sums")] }, folder, nowhere),
  ).rejects.toMatchObject({
    reason: "folder-unwritable",
    message: `The tokenizer cannot be written to ${nowhere} (ENOENT).`,
  });
});

test("a tokenizer that the model block names goes before the checkpoint's own", async () => {
  const model = { name: "m", path: "llama3", scratch: null, tokenizer: "qwen2/tokenizer.json", lora: null };
  const named = await openRunTokenizer({ seed: 1, model, data: [] }, fixtures, "unused");
  expect(named.vocabSize).toBe(319);
  const own = await openRunTokenizer(
    { seed: 1, model: { ...model, tokenizer: null }, data: [] },
    fixtures,
    "unused",
  );
  expect(own.vocabSize).toBe(320);
});
