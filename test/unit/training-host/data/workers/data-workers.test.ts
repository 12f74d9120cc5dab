import * as fs from "node:fs";
import * as path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { SurveyOptions } from "../../../../../training-host/data/survey/survey";
import type { EncodingSetup } from "../../../../../training-host/data/workers/data-tasks";
import { DataWorkers, type DataWorkersOptions } from "../../../../../training-host/data/workers/data-workers";
import { temporaryFolder, write } from "../temporary-folder";

const tokenizer = path.resolve(import.meta.dirname, "../../../../fixtures/reference/tokenizer/qwen2");
const format = { kind: "text", column: "t" } as const;
const options: SurveyOptions = { format, split: null, duplicates: "keep", limit: null, samples: null };

function workersFor(changes: Partial<DataWorkersOptions> = {}): DataWorkers {
  const workers = new DataWorkers({ threads: 1, ...changes });
  onTestFinished(() => workers.close());
  return workers;
}

/** Tells the workers of a dataset with these texts: asks for the example of one of them. */
async function setUp(
  workers: DataWorkers,
  texts: readonly string[],
): Promise<(row: number) => Promise<number>> {
  const folder = temporaryFolder();
  write(folder, "texts.jsonl", texts.map((t) => `${JSON.stringify({ t })}\n`).join(""));
  const location = { path: "texts.jsonl", baseDirectory: folder };
  const description = await workers.ask("open", { location, cacheFolder: path.join(folder, "rows") });
  const rows = new Uint32Array(new SharedArrayBuffer(4 * texts.length)).map((_, row) => row);
  const shared = new Uint32Array(new SharedArrayBuffer(rows.byteLength));
  shared.set(rows);
  const setup: EncodingSetup = {
    ...{ description, rows: shared, format, length: 2 ** 20, malformed: "stop", tokenizer, template: null },
  };
  workers.addSetup("texts", setup);
  return async (row) => {
    const { facts } = await workers.ask("encode", { setup: "texts", indices: Uint32Array.of(row) });
    return facts.tokens;
  };
}

/** One word, whose pairs take long to merge. */
const endless = "abcdefghij".repeat(800_000);

test("a row that is not done in time ends its worker, and is named; the next one does other work", async () => {
  const workers = workersFor({ patience: 2000 });
  const tokens = await setUp(workers, ["short", endless, "a river"]);
  expect(await tokens(0)).toBeGreaterThan(0);
  await expect(tokens(1)).rejects.toMatchObject({
    reason: "bad-row",
    message: "texts.jsonl:2: the row was not done within 2 seconds.",
  });
  expect(await tokens(2)).toBeGreaterThan(0);
});

test("a row that takes more memory than a thread may have is named", async () => {
  const workers = workersFor({ heapMegabytes: 40 });
  const tokens = await setUp(workers, ["short", endless]);
  await expect(tokens(1)).rejects.toMatchObject({
    reason: "out-of-memory",
    message: "Reading the data took more memory than a thread may have at texts.jsonl:2.",
  });
});

test("whatever is asked for ends with the workers, and nothing more is taken", async () => {
  const workers = workersFor();
  const tokens = await setUp(workers, [endless, "short"]);
  const asked = [tokens(0), tokens(1), tokens(1)].map((answer) =>
    expect(answer).rejects.toMatchObject({ reason: "cancelled" }),
  );
  await workers.close();
  await Promise.all(asked);
  await expect(tokens(1)).rejects.toMatchObject({ reason: "cancelled" });
});

test("an urgent request does not wait for the rows of another", async () => {
  const folder = temporaryFolder();
  const workers = workersFor();
  const tokens = await setUp(workers, ["a river"]);
  const file = write(folder, "many.jsonl", "");
  const line = `${JSON.stringify({ t: "some words that are looked at one after the other" })}\n`;
  fs.writeFileSync(file, line.repeat(60_000));
  const location = { path: "many.jsonl", baseDirectory: folder };
  const description = await workers.ask("open", { location, cacheFolder: path.join(folder, "rows") });
  expect(await tokens(0)).toBeGreaterThan(0);
  const order: string[] = [];
  const survey = workers
    .ask("survey", { description, folder, options })
    .then(({ looked }) => order.push(`survey of ${looked}`));
  const give = { setup: "texts", indices: Uint32Array.of(0) };
  const urgent = workers.ask("encode", give, { urgent: true }).then(() => order.push("urgent"));
  await Promise.all([survey, urgent]);
  expect(order).toEqual(["urgent", "survey of 60000"]);
});

test("with fewer threads allowed, those that are too many end when they are done, and work goes on", async () => {
  const workers = workersFor({ threads: 3, startAfter: 0 });
  const tokens = await setUp(
    workers,
    Array.from({ length: 40 }, (_, n) => `the river ${n} `.repeat(2000)),
  );
  const rows = Array.from({ length: 40 }, (_, row) => row);
  const before = await Promise.all(rows.map(tokens));
  workers.limit(1);
  expect(await Promise.all(rows.map(tokens))).toEqual(before);
});
