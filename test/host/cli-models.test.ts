/** `mos evaluate` and `mos generate` as a person or a script calls them. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { readExpected, referenceFolder } from "../unit/training-host/reference";
import { parseJson, showJson } from "./cli-schemas";
import { mos, mosScript } from "./mos-command";
import { writeTinyData } from "./tiny-experiment";
import { tinyMos } from "./tiny-mos";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-cli-models-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const model = (name: string) => path.join(referenceFolder, "models", name);
const pairs = ["--format", "columns prompt=prompt answer=answer"];
const onWasm = ["--backend", "wasm", "--threads", "1"];

function writeRows(name: string, rows: readonly object[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
}

/** The model with a tokenizer whose words are ids: `t17` is token 17. Its end of text is `eos`. */
function modelOfIds(name: string, eos: number): string {
  const copy = path.join(folder, `${name}-${eos}`);
  fs.cpSync(model(name), copy, { recursive: true });
  const vocab = Object.fromEntries(Array.from({ length: 320 }, (_, id) => [`t${id}`, id]));
  const tokenizer = {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "t0" },
  };
  fs.writeFileSync(path.join(copy, "tokenizer.json"), JSON.stringify(tokenizer));
  fs.writeFileSync(path.join(copy, "tokenizer_config.json"), JSON.stringify({ eos_token: `t${eos}` }));
  return copy;
}

describe("mos evaluate", () => {
  it.each(["qwen2-tiny", "gemma-tiny", "llama3-tiny"])("gives transformers' loss: %s", async (name) => {
    const expected = readExpected(`expected/${name}/case_full.safetensors`);
    const [ids, labels] = ["input_ids", "labels"].map((key) => [...expected.get(key)!.values.slice(0, 12)]);
    const words = (learned: boolean) =>
      ids!
        .slice(0, 11)
        .filter((_, at) => (labels![at] !== -100) === learned)
        .map((id) => `t${id}`)
        .join(" ");
    // The reference's last token stands where the end of text does.
    const data = writeRows(`${name}.jsonl`, [{ prompt: words(false), answer: words(true) }]);
    const args = ["--model", modelOfIds(name, ids![11]!), "--data", data, ...pairs, ...onWasm, "--json"];
    const { code, stdout, stderr } = await mos(["evaluate", ...args], folder);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual(["examples", "tokens", "loss", "perplexity", "perExample"]);
    const loss = expected.get("row_loss")!.values[0]!;
    expect(Math.abs(result.loss - loss)).toBeLessThan(1e-5);
    expect(result.perplexity / Math.exp(loss)).toBeCloseTo(1, 4);
    expect(result).toMatchObject({ examples: 1, tokens: expected.get("row_ntok")!.values[0] });
    expect(result.perExample).toEqual([{ loss: result.loss, tokens: result.tokens }]);
  });

  it("prints a few lines for people, and tells of what was cut", async () => {
    const data = writeRows("long.jsonl", [{ prompt: "one", answer: "two three four five" }]);
    const args = ["--model", model("llama3-tiny"), "--data", data, ...pairs, ...onWasm, "--length", "12"];
    const { code, stdout, stderr } = await mos(["evaluate", ...args, "--template", "none"], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^model +llama, 108,864 parameters$/m);
    expect(stdout).toMatch(/^computed by +wasm, one thread$/m);
    expect(stdout).toMatch(/^loss +\d\.\d{4} nats per token$/m);
    expect(stderr).toMatch(/^One example was longer than 12 tokens, and cut there\.$/m);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      "a model that is not there",
      ["--model", "nowhere", "--data", "x.jsonl", ...pairs],
      1,
      /no model nowhere/,
    ],
    [
      "data that are not there",
      ["--model", model("llama3-tiny"), "--data", "x.jsonl", ...pairs, ...onWasm],
      1,
      /x\.jsonl/,
    ],
    [
      "words that are no format",
      ["--model", model("llama3-tiny"), "--data", "x.jsonl", "--format", "collumns"],
      2,
      /takes `chat`, `alpaca`, `columns` or `text`/,
    ],
    ["no format", ["--model", model("llama3-tiny"), "--data", "x.jsonl"], 2, /--format/],
  ])("says what is wrong: %s", async (_, args, code, message) => {
    const result = await mos(["evaluate", ...args], folder);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.stdout).toBe("");
  });
});

describe("mos generate", () => {
  const generate = (...args: string[]) =>
    mos(["generate", "--model", model("qwen2-tiny"), ...onWasm, "--max-tokens", "6", ...args], folder);
  const lines = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("goes on from a text, the same each time", async () => {
    const [first, second] = [await generate("--prompt", "Hello"), await generate("--prompt", "Hello")];
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout.trim()).not.toBe("");
    expect(second.stdout).toBe(first.stdout);
  });

  it("answers several prompts in their order, as JSON lines", async () => {
    const { code, stdout, stderr } = await generate(
      "--json",
      "--prompt",
      "A",
      "--prompt",
      "B b",
      "--seed",
      "3",
      "--top-k",
      "9",
    );
    expect(code, stderr).toBe(0);
    const answers = lines(stdout);
    expect(answers.map(({ index, prompt }) => [index, prompt])).toEqual([
      [0, "A"],
      [1, "B b"],
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({ text: expect.any(String), reason: "length", tokens: 6 });
  });

  it("answers the rows of a file, and what a user says", async () => {
    const data = writeRows("asked.jsonl", [
      { prompt: "Hi", answer: "x" },
      { prompt: "Bye", answer: "x" },
    ]);
    const rows = lines((await generate("--json", "--data", data, ...pairs)).stdout);
    expect(rows.map(({ prompt }) => path.basename(prompt))).toEqual(["asked.jsonl:1", "asked.jsonl:2"]);
    const [said] = lines((await generate("--json", "--chat", "--prompt", "Hi")).stdout);
    expect(said).toMatchObject({ promptTokens: rows[0].promptTokens, text: rows[0].text });
  });

  it("takes the lines of its input", async () => {
    const args = [
      mosScript,
      "generate",
      "--model",
      model("qwen2-tiny"),
      ...onWasm,
      "--max-tokens",
      "2",
      "--json",
    ];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end("one\n\ntwo\n");
    expect(lines(await text(child.stdout)).map(({ prompt }) => prompt)).toEqual(["one", "two"]);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      "sampling at temperature 0",
      ["--prompt", "x", "--temperature", "0", "--top-k", "3"],
      2,
      /nothing is drawn/,
    ],
    ["a format without data", ["--prompt", "x", "--format", "chat"], 2, /are for --data/],
    ["no number", ["--prompt", "x", "--top-p", "2"], 2, /up to 1/],
    ["an adapter that is none", ["--prompt", "x", "--adapter", "nowhere"], 1, /nowhere/],
  ])("says what is wrong: %s", async (_, args, code, message) => {
    const result = await generate(...args);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
  });
});

/** Trains the experiment "tiny"; gives its folder, its run's id, and the held-out loss that it recorded last. */
async function train(name: string, file: string) {
  const home = path.join(folder, name);
  fs.mkdirSync(home);
  writeTinyData(home);
  fs.writeFileSync(path.join(home, "tiny.mos"), file);
  const trained = await mos(["run", "tiny.mos", "tiny", "--set", "launch.backend=wasm"], home);
  expect(trained.code, trained.stderr).toBe(0);
  const [run] = fs.readdirSync(path.join(home, ".mos/runs"));
  const shown = parseJson(showJson, (await mos(["show", run!, "--json"], home)).stdout);
  return { home, run: run!, recorded: shown.evaluations.at(-1)!.perDataset.sums! };
}

describe("a run", () => {
  const scratch = /scratch llama .*/;
  const withAdapter = tinyMos
    .replace(scratch, `path ${JSON.stringify(model("llama3-tiny"))}\n  lora rank=4`)
    .replace("steps 30", "steps 10");

  it.each([
    ["all parameters", tinyMos],
    ["an adapter, beside its model", withAdapter],
  ])(
    "is evaluated by its last checkpoint, to the loss that it recorded, and writes: %s",
    async (name, file) => {
      const { home, run, recorded } = await train(name, file);
      const args = ["--model", run, "--data", "sums.dev.jsonl", ...pairs, ...onWasm];
      const { code, stdout, stderr } = await mos(["evaluate", ...args, "--json"], home);
      expect(code, stderr).toBe(0);
      const result = JSON.parse(stdout);
      expect(result.tokens).toBe(recorded.tokens);
      expect(Math.abs(result.loss - recorded.loss!)).toBeLessThan(1e-6);

      const more = ["--data", "sums.dev.jsonl", ...pairs, "--max-tokens", "4", "--json", ...onWasm];
      const written = await mos(["generate", "--model", run, ...more], home);
      expect(written.code, written.stderr).toBe(0);
      expect(written.stdout.trimEnd().split("\n")).toHaveLength(8);
      const beside = await mos(["generate", "--model", run, "--adapter", "x", ...more], home);
      expect(beside.code).toBe(2);
    },
  );
});
