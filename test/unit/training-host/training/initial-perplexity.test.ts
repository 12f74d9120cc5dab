import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, expect, test } from "vitest";
import {
  InitialPerplexityCache,
  type InitialPerplexityKey,
} from "../../../../training-host/training/initial-perplexity";
import { temporaryFolder } from "../../run-folder/temporary-folder";

const key: InitialPerplexityKey = { model: "m", engine: "e", data: "d", tokens: "response" };
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

test("gives back to the last bit what was stored, examples without a counted token included", () => {
  const cache = InitialPerplexityCache.open(folder, key);
  const values = [Math.PI, 1e-300, Number.NaN, 5.646140595277151];
  for (const [index, value] of values.entries()) cache.set(index * 3, value);
  cache.save();
  const again = InitialPerplexityCache.open(folder, key);
  expect([...again.get([0, 3, 6, 9, 0])]).toEqual([...values, Math.PI]);
  expect(again.missing([9, 2, 2, 0, 1])).toEqual([1, 2]);
});

test.each(["model", "engine", "data", "tokens"] as const)("another %s is another cache", (part) => {
  const cache = InitialPerplexityCache.open(folder, key);
  cache.set(0, 1);
  cache.save();
  const other = { ...key, [part]: part === "tokens" ? "all" : "other" };
  expect(InitialPerplexityCache.open(folder, other).missing([0])).toEqual([0]);
});

test("runs that measure at the same time add to each other's values", () => {
  const [one, two] = [InitialPerplexityCache.open(folder, key), InitialPerplexityCache.open(folder, key)];
  one.set(1, 0.1);
  two.set(2, 0.2);
  one.save();
  two.save();
  expect([...InitialPerplexityCache.open(folder, key).get([1, 2])]).toEqual([0.1, 0.2]);
});

test("a damaged or unwritable cache costs time, not the run", () => {
  const cache = InitialPerplexityCache.open(folder, key);
  cache.set(1, 0.5);
  cache.save();
  const [file] = fs.readdirSync(folder);
  fs.writeFileSync(path.join(folder, file!), '{"key":');
  expect(InitialPerplexityCache.open(folder, key).missing([1])).toEqual([1]);
  const nowhere = InitialPerplexityCache.open(path.join(folder, file!, "below-a-file"), key);
  nowhere.set(1, 0.5);
  nowhere.save();
  expect([...nowhere.get([1])]).toEqual([0.5]);
});
