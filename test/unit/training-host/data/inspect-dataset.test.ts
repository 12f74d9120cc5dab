import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type DatasetInspection,
  type DatasetQuestion,
  datasetInspectionSchema,
} from "../../../../contracts/data-inspection";
import { ColumnList, showRow } from "../../../../training-host/data/inspect/describe-rows";
import { inspectDataset } from "../../../../training-host/data/inspect/inspect-dataset";
import { temporaryFolder } from "../../run-folder/temporary-folder";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const format = { kind: "text", column: "text" } as const;

async function inspect(file: string, change: Partial<DatasetQuestion> = {}, signal?: AbortSignal) {
  const question = {
    ...({ source: { kind: "path", path: file }, baseDirectory: folder, format } as const),
    ...{ mostRows: 1000, mostBytes: 1e6, ...change },
  };
  const place = { userCache: path.join(folder, "user-cache"), environment: { HF_HUB_CACHE: folder } };
  const answer: DatasetInspection = await inspectDataset(question, place, signal);
  return v.parse(datasetInspectionSchema, JSON.parse(JSON.stringify(answer)));
}

function write(name: string, content: string | Uint8Array): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), content);
}

const lines = (texts: readonly unknown[]) => texts.map((text) => JSON.stringify({ text })).join("\n");

describe("what an inspection tells", () => {
  it("counts all rows, holds the first ones against the format, and finds repeated words", async () => {
    write("a.jsonl", lines(["one", "two", "ONE ", 4, "one", "six", 7]));
    expect(await inspect("a.jsonl", { mostRows: 5 })).toMatchObject({
      problem: { kind: "row", column: "text", message: expect.stringContaining("a.jsonl:4: ") },
      rows: 7,
      checked: { rows: 5, malformed: 1, duplicates: 2 },
      columns: [{ name: "text", type: "text or number" }],
    });
  });

  it("is the same of the same rows, whatever they are written in", async () => {
    write("a.jsonl", lines(["one", "two"]));
    write("a.json", `[{"text": "one"}, {"text": "two"}]`);
    write("a.csv", "text\none\ntwo\n");
    write("a.jsonl.gz", gzipSync(lines(["one", "two"])));
    write("parts/1.jsonl", lines(["one"]));
    write("parts/2.jsonl", lines(["two"]));
    const all = await Promise.all(
      ["a.jsonl", "a.json", "a.csv", "a.jsonl.gz", "parts/*.jsonl"].map((file) => inspect(file)),
    );
    for (const { problem, rows, columns, firstRow, checked } of all) {
      expect({ problem, rows, columns, firstRow, checked }).toEqual({
        problem: null,
        rows: 2,
        columns: [{ name: "text", type: "text" }],
        firstRow: '{\n  "text": "one"\n}',
        checked: { rows: 2, malformed: 0, duplicates: 0 },
      });
    }
    expect(all.map(({ files }) => files)).toEqual([1, 1, 1, 1, 2]);
    expect(all.map(({ evidence }) => evidence?.length ?? null)).toEqual([1, 1, 1, 1, null]);
  });

  it("stops before more bytes than it may look at, and then counts nothing", async () => {
    write("parts/1.jsonl", lines(["one"]));
    write("parts/2.jsonl", lines(["x".repeat(1000), 2]));
    const some = await inspect("parts/*.jsonl", { mostBytes: 100 });
    expect(some).toMatchObject({
      problem: null,
      rows: null,
      contentHash: null,
      files: 2,
      checked: { rows: 1 },
    });
    expect(some.bytes).toBeGreaterThan(1000);
    const none = await inspect("parts/2.jsonl", { mostBytes: 100 });
    expect(none).toMatchObject({ problem: null, rows: null, columns: [], firstRow: null });
  });

  it("makes no folder beside the data, but uses that of the runs", async () => {
    write("a.csv", "text\none\n");
    await inspect("a.csv");
    expect(fs.existsSync(path.join(folder, ".mos"))).toBe(false);
    fs.rmSync(path.join(folder, "user-cache"), { recursive: true });
    fs.mkdirSync(path.join(folder, ".mos/cache"), { recursive: true });
    await inspect("a.csv");
    expect(fs.readdirSync(path.join(folder, ".mos/cache/rows"))).not.toEqual([]);
    expect(fs.existsSync(path.join(folder, "user-cache"))).toBe(false);
  });

  it("knows what a repository lacks in the cache, and a pattern that matches nothing", async () => {
    const hub = { kind: "hub", repository: "org/name", revision: "main", files: null } as const;
    expect((await inspect("", { source: hub })).problem).toMatchObject({ kind: "not-downloaded" });
    expect(await inspect("*.jsonl")).toMatchObject({ problem: { kind: "missing" }, evidence: null });
    const missing = await inspect("a.jsonl");
    expect(missing.evidence).toEqual([{ path: path.join(folder, "a.jsonl"), identity: null }]);
  });

  it("is not given when it is no longer wanted", async () => {
    write("a.jsonl", lines(["one"]));
    await expect(inspect("a.jsonl", {}, AbortSignal.abort())).rejects.toMatchObject({ reason: "cancelled" });
  });
});

describe("rows as they are shown", () => {
  it("are JSON of a bounded length, whatever they hold", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (row) => {
        const shown = showRow(row);
        expect(() => JSON.parse(shown)).not.toThrow();
      }),
    );
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`c${i}`, "x".repeat(5000)]));
    expect(showRow(many).length).toBeLessThan(50_000);
    const nest = (depth: number): unknown =>
      depth === 0 ? "x" : Object.fromEntries([..."abcdefgh"].map((name) => [name, nest(depth - 1)]));
    expect(showRow(nest(5)).length).toBeLessThan(50_000);
    expect(showRow({ a: "😀".repeat(300) })).not.toMatch(/\\ud83d(?!\\)/);
    expect(showRow({ list: [1, 2, 3, 4, 5, 6] })).toContain("… 2 more");
  });

  it("have columns in the order in which they come, with the types that occur", () => {
    const list = new ColumnList();
    for (const row of [{ b: "x", a: null }, { a: [1], c: { d: 1 } }, "no row", { b: true }]) list.add(row);
    expect(list.columns).toEqual([
      { name: "b", type: "text or boolean" },
      { name: "a", type: "list or nothing" },
      { name: "c", type: "object" },
    ]);
  });
});
