/** Losses of a data file's rows: the reference's, and what makes a row count. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatasetFormat } from "../../../../contracts/plan";
import { openRows } from "../../../../training-host/data/rows/row-source";
import { type EvaluationOptions, evaluateRows } from "../../../../training-host/generation/evaluate";
import type { LoadedModel } from "../../../../training-host/generation/loaded-model";
import type { OpenedModel } from "../../../../training-host/generation/open-model";
import { temporaryFolder } from "../data/temporary-folder";
import { readExpected } from "../reference";
import { testBackends } from "../test-backends";
import { openReference, referenceModels } from "./opened-reference";

const columns: DatasetFormat = { kind: "columns", prompt: "prompt", answer: "answer", system: null };

/** Texts are ids, and nothing comes behind an answer: rows of the reference as they are. */
function onIds(loaded: LoadedModel): LoadedModel {
  const tokenizer = {
    encode: (text: string) => (text === "" ? [] : text.split(" ").map(Number)),
    bosId: null,
    eosId: null,
  } as unknown as LoadedModel["tokenizer"];
  return { ...loaded, tokenizer, rendering: { template: null, specialTexts: [] } };
}

async function evaluate(
  loaded: LoadedModel,
  rows: readonly object[],
  options: Partial<EvaluationOptions> = {},
) {
  const folder = temporaryFolder();
  const file = path.join(folder, "rows.jsonl");
  fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const source = await openRows(
    { path: file, baseDirectory: "/" },
    { cacheFolder: path.join(folder, "cache") },
  );
  try {
    return await evaluateRows(loaded, source, { format: columns, length: null, limit: null, ...options });
  } finally {
    await source.close();
  }
}

/** Rows of a case without padding; the answer is what has labels. */
function referenceRows(name: string, which: string) {
  const expected = readExpected(`expected/${name}/case_${which}.safetensors`);
  const [ids, mask, labels] = ["input_ids", "attention_mask", "labels"].map(
    (key) => expected.get(key)!.values,
  );
  const [B, T] = expected.get("input_ids")!.shape as [number, number];
  const rows = Array.from({ length: B }, (_, b) => {
    const at = Array.from({ length: T }, (_, t) => b * T + t).filter((i) => mask![i] === 1);
    const text = (learned: boolean) =>
      at
        .filter((i) => (labels![i] !== -100) === learned)
        .map((i) => ids![i])
        .join(" ");
    return { prompt: text(false), answer: text(true) };
  });
  return { rows, expected };
}

describe.each(testBackends(["cpu", "wasm"]))("evaluation on %s", (backendName) => {
  it.each(referenceModels)("gives the reference's losses: %s", async (name) => {
    const loaded = await openReference(name, backendName);
    for (const which of ["full", "right", "left"]) {
      const { rows, expected } = referenceRows(name, which);
      const result = await evaluate(onIds(loaded), rows);
      const counts = [...expected.get("row_ntok")!.values];
      expect(result.perExample.map(({ tokens }) => tokens)).toEqual(counts);
      for (const [row, { loss }] of result.perExample.entries())
        expect(Math.abs(loss! - expected.get("row_loss")!.values[row]!)).toBeLessThan(1e-5);
      expect(Math.abs(result.loss! - expected.get("loss")!.values[0]!)).toBeLessThan(1e-5);
      expect(result.perplexity).toBe(Math.exp(result.loss!));
      expect(result).toMatchObject({ examples: 2, tokens: counts[0]! + counts[1]!, truncated: 0 });
    }
    loaded.model.dispose();
  });
});

describe("rows", () => {
  let loaded: OpenedModel;
  let ids: LoadedModel;
  beforeAll(async () => {
    loaded = await openReference("llama3-tiny", "wasm");
    ids = onIds(loaded);
  });
  afterAll(() => loaded.model.dispose());

  it("count in their order, however many are scored together", async () => {
    const rows = Array.from({ length: 300 }, (_, row) => ({
      prompt: "5 6",
      answer: Array.from({ length: 1 + ((row * 7) % 90) }, (_, i) => (row + i) % 300).join(" "),
    }));
    const shares: number[] = [];
    const together = await evaluate(ids, rows, { onShare: (share) => shares.push(share) });
    expect(together.perExample.map(({ tokens }) => tokens)).toEqual(
      rows.map((_, row) => 1 + ((row * 7) % 90)),
    );
    for (const row of [0, 17, 299]) {
      const alone = await evaluate(ids, [rows[row]!]);
      expect(alone.perExample[0]!.loss).toBeCloseTo(together.perExample[row]!.loss!, 5);
    }
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it("that are too long are cut and counted; what has nothing learned has no loss", async () => {
    const rows = [
      { prompt: "1 2 3", answer: "4 5 6" },
      { prompt: "1 2 3 4 5", answer: "6" },
    ];
    const result = await evaluate(ids, rows, { length: 5 });
    expect(result.truncated).toBe(2);
    expect(result.perExample.map(({ tokens }) => tokens)).toEqual([2, 0]);
    expect(result.perExample[1]!.loss).toBeNull();
    const nothing = await evaluate(ids, rows.slice(1), { length: 5 });
    expect(nothing).toMatchObject({ tokens: 0, loss: null, perplexity: null });
  });

  it("beyond the limit are left out", async () => {
    const rows = Array.from({ length: 9 }, () => ({ prompt: "1", answer: "2" }));
    expect((await evaluate(ids, rows, { limit: 4 })).examples).toBe(4);
  });

  it("that do not fit the format are named with their place", async () => {
    const rows = [{ prompt: "1", answer: "2" }, { prompt: "1" }];
    await expect(evaluate(ids, rows)).rejects.toThrowError(/rows\.jsonl:2: column "answer"/);
  });

  it("end with a request to stop", async () => {
    const rows = Array.from({ length: 50 }, () => ({ prompt: "1", answer: "2" }));
    await expect(evaluate(ids, rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: "cancelled",
    });
  });
});
