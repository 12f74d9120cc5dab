/** What goes wrong is said in one sentence, in the run's records and in the host's output, and the exit code is 3. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { runFolderLayout } from "../../contracts/run-folder";
import { runStatus } from "../../run-folder/run-status";
import { type CreatedRun, createRunFolder } from "../../training-host/runs/folder";
import { eventsOf, freezeRun, runToEnd, temporaryFolder } from "./run-under-test";
import { type TinyChanges, tinyDataset, tinyPlan, writeTinyData } from "./tiny-experiment";

let base: string;

beforeEach(() => {
  base = temporaryFolder();
  writeTinyData(base);
});

async function expectFailure(run: string, message: string | RegExp): Promise<void> {
  const { code, output } = await runToEnd(run);
  expect(code, output).toBe(3);
  const failure = eventsOf(run).at(-1);
  expect(failure?.type).toBe("failure");
  const text = failure?.type === "failure" ? failure.message : "";
  expect(text).toMatch(message);
  expect(text).not.toMatch(/\n|\bat .*:\d+:\d+/);
  expect(output).toContain(text);
  expect(runStatus(run)).toBe("failed");
}

describe("bad data", () => {
  test("a missing file", async () => {
    fs.rmSync(path.join(base, "echoes.jsonl"));
    await expectFailure(freezeRun(tinyPlan(base)), "echoes.jsonl does not exist");
  });

  test("an empty file", async () => {
    fs.writeFileSync(path.join(base, "echoes.jsonl"), "");
    await expectFailure(freezeRun(tinyPlan(base)), "echoes.jsonl has no rows");
  });

  test("a line that is no JSON: file and line", async () => {
    const file = path.join(base, "sums.jsonl");
    const lines = fs.readFileSync(file, "utf8").split("\n");
    lines[4] = '{"prompt": "what';
    fs.writeFileSync(file, lines.join("\n"));
    await expectFailure(freezeRun(tinyPlan(base)), /sums\.jsonl.*5/);
  });

  test("a column that is not there", async () => {
    const format = { kind: "columns", prompt: "question", answer: "answer", system: null } as const;
    const data = [{ ...tinyDataset("sums"), format }, tinyDataset("echoes")];
    await expectFailure(freezeRun(tinyPlan(base, { config: { data } })), /question/);
  });

  test("a missing held-out file, before anything is trained", async () => {
    fs.rmSync(path.join(base, "sums.dev.jsonl"));
    const run = freezeRun(tinyPlan(base));
    await expectFailure(run, "sums.dev.jsonl does not exist");
    expect(eventsOf(run)).toHaveLength(1);
  });

  test("once it is repaired, the run begins as if nothing had been", async () => {
    const file = path.join(base, "echoes.jsonl");
    fs.renameSync(file, `${file}.away`);
    const run = freezeRun(tinyPlan(base, { train: { duration: { steps: 2 } } }));
    await expectFailure(run, "does not exist");
    fs.renameSync(`${file}.away`, file);
    expect((await runToEnd(run)).code).toBe(0);
    expect(eventsOf(run)[0]).toMatchObject({ seq: 0, type: "start" });
  });
});

describe("a bad model", () => {
  test("a folder that is not there", async () => {
    const model = { ...tinyPlan(base).config.model, name: "base", path: "models/none", scratch: null };
    await expectFailure(freezeRun(tinyPlan(base, { config: { model } })), "models/none");
  });

  test("a tokenizer with more tokens than the model", async () => {
    const first = freezeRun(tinyPlan(base, { train: { duration: { steps: 1 } } }));
    expect((await runToEnd(first)).code).toBe(0);
    const tokenizer = path.join(first, runFolderLayout.tokenizer);
    const { model } = tinyPlan(base).config;
    const changes: TinyChanges = {
      config: { model: { ...model, tokenizer, scratch: { ...model.scratch!, vocab: 270 } } },
    };
    await expectFailure(
      freezeRun(tinyPlan(base, changes)),
      "has 280 tokens, but the model's vocabulary has 270",
    );
  });
});

describe("a checkpoint that does not fit", () => {
  const llama = path.resolve(import.meta.dirname, "../fixtures/reference/models/llama3-tiny");
  const from = (folder: string, changes: object = {}) => ({
    config: { model: { ...tinyPlan(base).config.model, path: folder, scratch: null, ...changes } },
    train: { duration: { steps: 1 } },
  });
  const copy = () => {
    const folder = path.join(base, "llama");
    fs.cpSync(llama, folder, { recursive: true });
    return folder;
  };

  test("has fewer embeddings than its tokenizer has tokens, said before the data are tokenized", async () => {
    const folder = copy();
    const file = path.join(folder, "tokenizer.json");
    const tokenizer = JSON.parse(fs.readFileSync(file, "utf8"));
    tokenizer.added_tokens.push({ ...tokenizer.added_tokens[0], id: 999, content: "<|too much|>" });
    fs.writeFileSync(file, JSON.stringify(tokenizer));
    const run = freezeRun(tinyPlan(base, from(folder)));
    await expectFailure(run, "has 1000 tokens, but the model's vocabulary has 320");
  });

  test("lacks half of its weights, said before the data are looked at", async () => {
    const folder = copy();
    const weights = path.join(folder, "model.safetensors");
    fs.truncateSync(weights, fs.statSync(weights).size / 2);
    fs.rmSync(path.join(base, "sums.jsonl"));
    await expectFailure(freezeRun(tinyPlan(base, from(folder))), "it is cut off");
  });
});

describe("a disk that is full", () => {
  test("for the records: said in the output, and the run can be resumed", async () => {
    if (!fs.existsSync("/dev/full")) return;
    const run = freezeRun(tinyPlan(base, { train: { duration: { steps: 2 } } }));
    const events = path.join(run, runFolderLayout.events);
    fs.symlinkSync("/dev/full", events);
    const { code, output } = await runToEnd(run);
    expect(code).toBe(3);
    expect(output).toContain(`There is no space left to write ${events}.`);
    fs.rmSync(events);
    expect((await runToEnd(run)).code).toBe(0);
  });

  test("for a checkpoint: what was there stays, and the run can be resumed", async (context) => {
    const disk = mountSmallDisk(256);
    if (disk === null) return context.skip("only root can mount a small disk");
    const plan = tinyPlan(base, { train: { checkpoint: { steps: 8, keep: 9 } } });
    const run = (createRunFolder(plan, disk, new Date()) satisfies CreatedRun).folder;
    const { code, output } = await runToEnd(run);
    expect(code, output).toBe(3);
    expect(output).toContain("There is no space left to write");
    const checkpoints = fs.readdirSync(path.join(run, runFolderLayout.checkpoints));
    expect(checkpoints).toContain("step-8");
    expect(checkpoints.filter((name) => name.includes("partial"))).toEqual([]);
    const last = Math.max(...checkpoints.map((name) => Number(name.slice("step-".length))));
    const { signal, status } = spawnSync("mount", ["-o", "remount,size=4096k", disk]);
    expect(signal ?? status).toBe(0);
    expect((await runToEnd(run)).code).toBe(0);
    expect(eventsOf(run).find(({ type }) => type === "resume")).toMatchObject({ step: last });
  });
});

test("a folder that is no run", async () => {
  const { code, output } = await runToEnd(path.join(base, "nothing"));
  expect(code).toBe(3);
  expect(output).toContain("is not a run folder");
});

test("no held-out data: no evaluations, and an alert that says so", async () => {
  const data = [
    { ...tinyDataset("sums"), dev: null },
    { ...tinyDataset("echoes"), dev: null },
  ];
  const run = freezeRun(tinyPlan(base, { config: { data }, train: { duration: { steps: 2 } } }));
  expect((await runToEnd(run)).code).toBe(0);
  const types = eventsOf(run).map(({ type }) => type);
  expect(types).not.toContain("evaluation");
  expect(eventsOf(run)).toContainEqual(
    expect.objectContaining({ type: "alert", kind: "no-held-out", dataset: "sums", step: 0 }),
  );
});

test("held-out examples that are trained on raise an alert", async () => {
  const { path: trained } = tinyDataset("sums");
  const data = [{ ...tinyDataset("sums"), dev: trained }, tinyDataset("echoes")];
  const run = freezeRun(tinyPlan(base, { config: { data }, train: { duration: { steps: 2 } } }));
  expect((await runToEnd(run)).code).toBe(0);
  expect(eventsOf(run)).toContainEqual(
    expect.objectContaining({ type: "alert", kind: "overlap", dataset: "sums", step: 0 }),
  );
});

test("rows without a learned token within the length raise an alert", async () => {
  const { path: file } = tinyDataset("sums");
  const rows = fs.readFileSync(path.resolve(base, file!), "utf8");
  const long = JSON.stringify({ prompt: "x ".repeat(400), answer: "y" });
  fs.writeFileSync(path.join(base, "long.jsonl"), `${rows.trimEnd()}\n${long}\n`);
  const data = [{ ...tinyDataset("sums"), path: "long.jsonl" }, tinyDataset("echoes")];
  const run = freezeRun(tinyPlan(base, { config: { data }, train: { duration: { steps: 2 } } }));
  expect((await runToEnd(run)).code).toBe(0);
  const alert = { type: "alert", kind: "truncated", dataset: "sums", step: 0 };
  expect(eventsOf(run)).toContainEqual(
    expect.objectContaining({ ...alert, message: expect.stringContaining("1 row of") }),
  );
});

/** A file system in memory of so many KiB; null where that is not allowed. */
function mountSmallDisk(kibibytes: number): string | null {
  const folder = path.join(base, "small-disk");
  fs.mkdirSync(folder);
  if (process.platform !== "linux") return null;
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", folder]);
  if (status !== 0) return null;
  onTestFinished(() => void spawnSync("umount", [folder]));
  return folder;
}
