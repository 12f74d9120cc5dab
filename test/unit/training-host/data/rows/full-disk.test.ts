/** A disk without space, played by Node's answer about it: nobody's disk is filled for a test. */

import { readdirSync } from "node:fs";
import type * as fs from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder, write } from "../temporary-folder";
import { failsToOpen } from "./opened-rows";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    statfs: async (file: string) => ({ ...(await real.statfs(file)), bavail: 3, bsize: 4096 }),
  };
});

test("a full disk is named, with what may be deleted, and nothing is left on it", async () => {
  const folder = temporaryFolder();
  write(folder, "x.csv", "q,a\n1,2\n");
  const cache = path.join(folder, "cache");
  const { reason, message, advice } = await failsToOpen({ path: "x.csv", baseDirectory: folder }, cache);
  expect(reason).toBe("disk-full");
  expect(message).toBe(`There is no space left in ${cache}, where the rows of x.csv are laid out.`);
  expect(advice).toContain("may be deleted");
  expect(readdirSync(cache)).toEqual([]);
});
