/** From files to examples, in real hosts: what is left out, what is shared, and that nothing depends on how far tokenization is. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Config, Plan } from "../../contracts/plan";
import type { RunEvent } from "../../contracts/run-event";
import { runFolderLayout } from "../../contracts/run-folder";
import {
  eventsOf,
  eventsOfType,
  freezeRun,
  lastingBytes,
  runToEnd,
  startHost,
  temporaryFolder,
  withoutTimes,
} from "./run-under-test";
import { type TinyChanges, tinyDataset, tinyPlan, writeTinyData } from "./tiny-experiment";

const llama = path.resolve(import.meta.dirname, "../fixtures/reference/models/llama3-tiny");

describe("small data", () => {
  let base: string;

  beforeAll(() => {
    base = temporaryFolder(afterAll);
    writeTinyData(base);
    const rows = fs.readFileSync(path.join(base, "sums.jsonl"), "utf8").trimEnd().split("\n");
    rows.splice(30, 0, '{"prompt": "torn');
    rows.push('{"prompt": "no answer"}', rows[0]!);
    fs.writeFileSync(path.join(base, "torn.jsonl"), `${rows.join("\n")}\n`);
  });

  function planWith(changes: Partial<Config["data"][number]>, train?: TinyChanges["train"]): Plan {
    const data = [{ ...tinyDataset("sums"), path: "torn.jsonl", ...changes }, tinyDataset("echoes")];
    return tinyPlan(base, { config: { data }, train: { duration: { steps: 4 }, ...train } });
  }

  test("a malformed row in the middle stops the run before it starts, or is left out, counted and told", async () => {
    const stopped = freezeRun(planWith({}));
    expect((await runToEnd(stopped)).code).toBe(3);
    expect(eventsOf(stopped)).toHaveLength(1);
    expect(eventsOf(stopped)[0]).toMatchObject({
      type: "failure",
      message: expect.stringMatching(/^torn\.jsonl:31: .* It is the first of 2 rows that cannot be used\.$/),
    });

    const skipped = freezeRun(planWith({ malformed: "skip", duplicates: "drop" }));
    expect((await runToEnd(skipped)).code).toBe(0);
    const [sums] = eventsOfType(skipped, "start")[0]!.datasets;
    expect(sums).toMatchObject({ name: "sums", malformed: 2 });
    // The row that was added is one of those that are equal to an earlier one.
    expect(sums!.size + sums!.duplicates).toBe(61);
    expect(sums!.duplicates).toBeGreaterThan(0);
    expect(eventsOfType(skipped, "alert")).toContainEqual(
      expect.objectContaining({
        kind: "malformed",
        dataset: "sums",
        message: expect.stringContaining("torn.jsonl:31"),
      }),
    );
  });

  test("a split holds rows out for the evaluations, without a second file", async () => {
    const split = { train: 0.7, dev: 0.3, seed: 5 };
    const run = freezeRun(planWith({ malformed: "skip", dev: null, split }));
    expect((await runToEnd(run)).code).toBe(0);
    const [sums] = eventsOfType(run, "start")[0]!.datasets;
    expect(sums!.heldOut).toBeGreaterThan(5);
    expect(sums!.size + sums!.heldOut).toBe(61);
    expect(eventsOfType(run, "evaluation")[0]!.perDataset.sums!.tokens).toBeGreaterThan(0);
  });

  test("runs at the same time share a cache, and are what they are alone", async () => {
    const own = temporaryFolder();
    writeTinyData(own);
    const runs = [1, 2, 3].map(() => freezeRun(tinyPlan(own, { train: { duration: { steps: 6 } } })));
    const ends = await Promise.all(runs.map((run) => runToEnd(run)));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    const examples = fs.readdirSync(path.join(own, ".mos/cache/examples"));
    expect(examples).toHaveLength(4);
    expect(examples.filter((name) => name.includes("partial"))).toEqual([]);
    const alone = freezeRun(tinyPlan(own, { train: { duration: { steps: 6 } } }));
    expect((await runToEnd(alone)).code).toBe(0);
    for (const run of runs) {
      expect(withoutTimes(eventsOf(run))).toEqual(withoutTimes(eventsOf(alone)));
      expect(lastingBytes(run, 6)).toEqual(lastingBytes(alone, 6));
    }
  });

  test("micro-batches by length give the same losses but for rounding", async () => {
    const train = (order: "drawn" | "length") => ({ batch: { size: 6, micro: 2, order } });
    const losses = async (order: "drawn" | "length") => {
      const run = freezeRun(planWith({ malformed: "skip" }, train(order)));
      expect((await runToEnd(run)).code).toBe(0);
      return eventsOfType(run, "step").map(({ loss }) => loss!);
    };
    const [drawn, length] = [await losses("drawn"), await losses("length")];
    for (const [step, loss] of drawn.entries()) expect(length[step]).toBeCloseTo(loss, 4);
  });
});

/** Of its rows, every 50th has nothing to learn within the length. */
function writeLargeData(file: string, megabytes: number): void {
  const words = "the river station was quiet in the morning and nobody came ".repeat(17);
  const handle = fs.openSync(file, "w");
  let piece = "";
  for (let row = 0, bytes = 0; bytes < megabytes * 2 ** 20; row++) {
    const text = `${row} ${words}`;
    const pair =
      row % 50 === 7 ? { prompt: text, answer: "no" } : { prompt: `number ${row} ?`, answer: text };
    const line = `${JSON.stringify(pair)}\n`;
    bytes += line.length;
    piece += line;
    if (piece.length < 2 ** 20) continue;
    fs.writeSync(handle, piece);
    piece = "";
  }
  fs.writeSync(handle, piece);
  fs.closeSync(handle);
}

describe("large data", { timeout: 120_000 }, () => {
  let base: string;
  let cache: string;

  beforeAll(() => {
    base = temporaryFolder(afterAll);
    cache = path.join(base, ".mos/cache/examples");
    // Beyond what a run waits for.
    writeLargeData(path.join(base, "large.jsonl"), 9);
    writeTinyData(base);
  });

  /** More steps than are taken while the data are tokenized. */
  function planOf(changes: TinyChanges = {}): Plan {
    const { config } = tinyPlan(base);
    const data = [
      { ...tinyDataset("sums"), name: "large", path: "large.jsonl", dev: null },
      tinyDataset("sums"),
    ];
    return tinyPlan(base, {
      mixture: { prior: { temperature: "inf" }, ...changes.mixture },
      train: { duration: { steps: 5000 }, checkpoint: { steps: 5, keep: 1 }, ...changes.train },
      config: {
        model: { ...config.model, path: llama, scratch: null },
        data,
        mixture: { kind: "static", prior: { temperature: "inf" }, unit: "example" },
        eval: { every: null, samples: null },
        ...changes.config,
      },
    });
  }

  /** Without validating thousands of records each time. */
  function hasRecord(run: string, type: RunEvent["type"], count = 1): boolean {
    const file = path.join(run, runFolderLayout.events);
    return fs.existsSync(file) && fs.readFileSync(file, "utf8").split(`"type":"${type}"`).length > count;
  }

  const isTokenized = (run: string) => hasRecord(run, "tokenized");

  async function stoppedWhen(run: string, isSo: () => boolean, signal: NodeJS.Signals): Promise<void> {
    const host = startHost(run);
    while (!isSo() && host.process.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    host.process.kill(signal);
    const { code, output } = await host.ended;
    expect(code, output).toBe(signal === "SIGKILL" ? null : 75);
  }

  const losses = (run: string) =>
    eventsOfType(run, "step").map(({ loss, perDataset }) => ({ loss, perDataset }));

  function expectSameSteps(run: string, other: string): void {
    const [own, others] = [losses(run), losses(other)];
    const both = Math.min(own.length, others.length);
    expect(both).toBeGreaterThan(5);
    expect(own.slice(0, both)).toEqual(others.slice(0, both));
  }

  let first: string;

  test("is trained on before all of it is tokenized, and the record says when it is", async () => {
    first = freezeRun(planOf());
    await stoppedWhen(first, () => isTokenized(first), "SIGTERM");
    const [start] = eventsOfType(first, "start");
    expect(start!.datasets[0]).toMatchObject({ tokens: null, responseTokens: null, truncated: null });
    expect(start!.datasets[1]).toMatchObject({ name: "sums", truncated: 0 });
    const types = eventsOf(first).map(({ type }) => type);
    expect(types.indexOf("step")).toBeLessThan(types.indexOf("tokenized"));
    const [told] = eventsOfType(first, "tokenized");
    const { size } = start!.datasets[0]!;
    expect(told!.dropped).toBe(Math.floor((size - 8) / 50) + 1);
    expect(told!.truncated).toBe(size - told!.dropped);
    expect(told!.tokens).toBe(64 * told!.truncated);
    const alerts = eventsOfType(first, "alert").filter(({ dataset }) => dataset === "large");
    expect(alerts.filter(({ kind }) => kind === "truncated").map(({ step }) => step)).toEqual([
      told!.step,
      told!.step,
    ]);
  });

  test("a run that finds all of it tokenized takes the same steps", async () => {
    const run = freezeRun(planOf());
    await stoppedWhen(run, () => hasRecord(run, "step", 30), "SIGTERM");
    expect(eventsOfType(run, "start")[0]!.datasets[0]!.tokens).toBe(
      eventsOfType(first, "tokenized")[0]!.tokens,
    );
    expect(isTokenized(run)).toBe(false);
    expectSameSteps(run, first);
  });

  test("a host that is killed while it tokenizes leaves a run that goes on as if nothing had happened", async () => {
    fs.rmSync(cache, { recursive: true });
    const run = freezeRun(planOf());
    await stoppedWhen(run, () => hasRecord(run, "checkpoint"), "SIGKILL");
    expect(isTokenized(run)).toBe(false);
    expect(fs.readdirSync(cache).some((name) => name.endsWith(".partial"))).toBe(true);
    await stoppedWhen(run, () => isTokenized(run), "SIGTERM");
    expect(eventsOfType(run, "resume")).toHaveLength(1);
    expect(fs.readdirSync(cache).filter((name) => name.endsWith(".partial"))).toEqual([]);
    expectSameSteps(run, first);
    const { seq, time, step, ...told } = eventsOfType(run, "tokenized")[0]!;
    expect(eventsOfType(first, "tokenized")[0]).toMatchObject(told);
  });

  test("rewards, too, are the same from any state of the cache", async () => {
    const changes: TinyChanges = {
      train: { duration: { steps: 11 }, checkpoint: null },
      config: { mixture: tinyPlan(base).config.mixture },
    };
    const updates = async () => {
      const run = freezeRun(planOf(changes));
      expect((await runToEnd(run)).code).toBe(0);
      return withoutTimes(eventsOf(run), ["start", "tokenized", "alert"] satisfies RunEvent["type"][]);
    };
    const cached = await updates();
    fs.rmSync(path.join(base, ".mos"), { recursive: true });
    expect(await updates()).toEqual(cached);
  });

  test("a stop is heard while a run waits for its tokens, and nothing is left behind", async () => {
    fs.rmSync(cache, { recursive: true, force: true });
    const run = freezeRun(planOf({ train: { duration: { tokens: 10_000 } } }));
    const isTokenizing = () =>
      fs.existsSync(cache) && fs.readdirSync(cache).some((name) => name.endsWith("partial"));
    await stoppedWhen(run, isTokenizing, "SIGTERM");
    expect(eventsOf(run).map(({ type }) => type)).toEqual(["stop"]);
    expect(fs.readdirSync(cache).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});
