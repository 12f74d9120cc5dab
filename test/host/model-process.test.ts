/** The model process as its users meet it: what it answers, what it refuses and how, and when it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { defaultSampling, type ModelSource } from "../../contracts/model-protocol";
import { ModelClient } from "../../model-client/model-client";
import { referenceFolder } from "../unit/training-host/reference";

const script = path.resolve(import.meta.dirname, "../../dist/model-process.js");
const model = (name: string) => path.join(referenceFolder, "models", name);
const folderOf = (name: string, adapter: string | null = null): ModelSource => ({
  kind: "folder",
  folder: model(name),
  adapter,
});

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mos-model-process-"));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

function start(): ModelClient {
  const client = ModelClient.start({ script, executable: process.execPath, environment: process.env });
  onTestFinished(() => client.close());
  return client;
}

function opening(source: ModelSource, more: Partial<Parameters<ModelClient["open"]>[0]> = {}) {
  return { source, template: null, baseDirectory: scratch, backend: "wasm" as const, threads: 1, ...more };
}

const text = (prompt: string) => ({ kind: "text" as const, text: prompt });

describe("a model in a process of its own", () => {
  let client: ModelClient;
  beforeAll(async () => {
    client = ModelClient.start({ script, executable: process.execPath, environment: process.env });
    const phases = new Set<string>();
    const opened = await client.open(opening(folderOf("llama31-tiny")), ({ phase }) => phases.add(phase));
    expect([...phases]).toEqual(["loading"]);
    expect(opened).toMatchObject({
      ...{ architecture: "llama", contextLength: 512, vocabulary: 320, adapter: null, step: null },
      ...{ backend: "wasm", threads: 1, passedOver: [], hasChatTemplate: true },
    });
    expect(opened.stopTexts).toContain(opened.endOfText);
  });
  afterAll(() => client.close());

  it("writes, one request after the other, and says how each answer ended", async () => {
    const generate = async () => {
      const texts = ["", ""];
      const ends: string[] = [];
      const summary = await client.generate(
        { prompts: [text("Hello"), text("The quick")], sampling: { ...defaultSampling, maxTokens: 12 } },
        {
          onDelta: ({ prompt, text }) => {
            texts[prompt] += text;
          },
          onEnded: ({ prompt, reason, tokens }) => ends.push(`${prompt} ${reason} ${tokens}`),
        },
      );
      return { texts, ends, summary };
    };
    const [first, second] = await Promise.all([generate(), generate()]);
    expect(second.texts).toEqual(first.texts);
    expect(first.ends.sort()).toEqual(["0 length 12", "1 length 12"]);
    expect(first.summary).toMatchObject({ tokens: 24 });
    expect(first.summary.tokensPerSecond).toBeGreaterThan(0);
    expect(first.texts.join("").length).toBeGreaterThan(0);
  });

  it("evaluates", async () => {
    const data = path.join(scratch, "rows.jsonl");
    fs.writeFileSync(data, `{"text":"one two"}\n{"text":"three"}\n`);
    const request = { baseDirectory: scratch, format: { kind: "text" as const, column: "text" } };
    const evaluation = await client.evaluate({ data: "rows.jsonl", ...request, length: null, limit: null });
    expect(evaluation).toMatchObject({ examples: 2, truncated: 0 });
    expect(evaluation.perplexity).toBeCloseTo(Math.exp(evaluation.loss!));
    await expect(
      client.evaluate({ data: "nothing.jsonl", ...request, length: null, limit: null }),
    ).rejects.toMatchObject({ reason: "file-missing" });
  });

  it("stops writing when asked to, and goes on to what comes next", async () => {
    const stop = new AbortController();
    let written = "";
    let reason = "";
    const sampling = { ...defaultSampling, maxTokens: 400, temperature: 1 };
    await client.generate(
      { prompts: [text("Hello")], sampling },
      {
        onDelta: ({ text }) => {
          written += text;
          stop.abort();
        },
        onEnded: (end) => {
          reason = end.reason;
        },
      },
      stop.signal,
    );
    expect(reason).toMatch(/cancelled|length/);
    expect(written).not.toBe("");
    const next = await client.generate({
      prompts: [text("Hello")],
      sampling: { ...defaultSampling, maxTokens: 1 },
    });
    expect(next.tokens).toBe(1);
  });

  it("refuses what does not fit, and lives on", async () => {
    const sampling = { ...defaultSampling, maxTokens: 1 };
    await expect(client.generate({ prompts: [text("word ".repeat(600))], sampling })).rejects.toThrowError(
      /^The prompt has \d+ tokens, and the model's context has room for 512/,
    );
    await expect(client.open(opening(folderOf("qwen2-tiny")))).rejects.toThrowError(/open already/);
    expect((await client.generate({ prompts: [text("Hi")], sampling })).tokens).toBe(1);
  });
});

describe("what cannot be opened", () => {
  it.each<[string, ModelSource, string, RegExp]>([
    [
      "a folder that is not there",
      { kind: "folder", folder: path.join(scratch, "none"), adapter: null },
      "file-missing",
      /none/,
    ],
    [
      "an adapter of another model",
      folderOf("gemma-tiny", path.join(referenceFolder, "lora/adapter")),
      "bad-model",
      /shape|layer/,
    ],
    ["a run that is none", { kind: "run", folder: scratch }, "bad-run", /not a run folder/],
  ])("is said to be so: %s", async (_, source, reason, message) => {
    const client = start();
    const opened = client.open(opening(source));
    await expect(opened).rejects.toMatchObject({ reason });
    await expect(opened).rejects.toThrowError(message);
  });

  it("is a template that needs tokens which there are not", async () => {
    const opened = start().open(opening(folderOf("llama3-tiny"), { template: { kind: "chatml" } }));
    await expect(opened).rejects.toMatchObject({ reason: "bad-template" });
  });

  it("is more threads than there are cores", async () => {
    const opened = start().open(opening(folderOf("llama3-tiny"), { threads: 1000 }));
    await expect(opened).rejects.toThrowError(/1000 threads/);
  });
});

describe("chat", () => {
  it("is refused in the template's own words", async () => {
    const client = start();
    await client.open(opening(folderOf("gemma-tiny")));
    const prompts = [
      {
        kind: "chat" as const,
        messages: [
          { role: "user" as const, content: "Hi" },
          { role: "user" as const, content: "Hello?" },
        ],
      },
    ];
    const asked = client.generate({ prompts, sampling: defaultSampling });
    await expect(asked).rejects.toThrowError(/roles must alternate/);
    await expect(asked).rejects.toMatchObject({ reason: "bad-template" });
  });
});

describe("with an adapter", () => {
  it("writes something else than without", async () => {
    const answers: string[] = [];
    for (const adapter of [null, path.join(referenceFolder, "lora/adapter")]) {
      const client = start();
      const opened = await client.open(opening(folderOf("llama3-tiny", adapter)));
      expect(opened.adapter).toEqual(adapter === null ? null : { rank: 4, parameters: expect.any(Number) });
      let written = "";
      await client.generate(
        { prompts: [text("Hello there")], sampling: { ...defaultSampling, maxTokens: 24 } },
        {
          onDelta: ({ text }) => {
            written += text;
          },
        },
      );
      answers.push(written);
    }
    expect(answers[0]).not.toBe(answers[1]);
  });
});

describe("the process", () => {
  it("ends when it is closed, and tells requests under way", async () => {
    const client = start();
    const opened = client.open(opening(folderOf("llama3-tiny")));
    const refused = expect(opened).rejects.toMatchObject({ reason: "cancelled" });
    await client.close();
    await refused;
    await expect(client.open(opening(folderOf("llama3-tiny")))).rejects.toMatchObject({
      reason: "cancelled",
    });
  });

  it("ends when loading is cancelled", async () => {
    const client = start();
    const stop = new AbortController();
    const opened = client.open(opening(folderOf("llama3-tiny")), () => {}, stop.signal);
    stop.abort();
    await expect(opened).rejects.toMatchObject({ reason: "cancelled" });
    await expect(client.open(opening(folderOf("llama3-tiny")))).rejects.toMatchObject({
      reason: "cancelled",
    });
  });

  it("tells of its sudden end", async () => {
    const file = path.join(scratch, "dies.cjs");
    fs.writeFileSync(file, `process.once("message", () => { console.error("no more"); process.exit(7); });`);
    const client = ModelClient.start({
      script: file,
      executable: process.execPath,
      environment: process.env,
    });
    const opened = client.open(opening(folderOf("llama3-tiny")));
    await expect(opened).rejects.toMatchObject({ reason: "host-lost", advice: "no more" });
    await expect(opened).rejects.toThrowError(/ended with code 7/);
    await client.close();
  });

  it("does not outlive who started it, however that ends", async () => {
    const parent = path.join(scratch, "parent.cjs");
    // The model's process holds its parent's output open for as long as it lives.
    fs.writeFileSync(
      parent,
      `const child = require("node:child_process").fork(process.argv[2], [], { stdio: ["ignore", "inherit", "ignore", "ipc"] });
       child.once("spawn", () => console.log("started"));
       setInterval(() => {}, 1000);`,
    );
    const started = spawn(process.execPath, [parent, script], { stdio: ["ignore", "pipe", "ignore"] });
    const closed = once(started.stdout, "close");
    await once(started.stdout, "data");
    started.kill("SIGKILL");
    await closed;
  });
});
