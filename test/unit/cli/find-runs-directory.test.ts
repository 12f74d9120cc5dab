import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { findRunsDirectory } from "../../../cli/find-runs-directory";
import { checkNode } from "../../../cli/health-checks";
import { temporaryFolder } from "../run-folder/temporary-folder";

describe("where runs are looked for", () => {
  it("is the nearest .mos/runs upwards, or the folder that was named", () => {
    const root = temporaryFolder();
    const deep = path.join(root, "a", "b");
    fs.mkdirSync(deep, { recursive: true });
    expect(findRunsDirectory(undefined, deep)).toBe(path.join(deep, ".mos/runs"));
    fs.mkdirSync(path.join(root, ".mos/runs"), { recursive: true });
    expect(findRunsDirectory(undefined, deep)).toBe(path.join(root, ".mos/runs"));
    expect(findRunsDirectory("elsewhere", deep)).toBe(path.join(deep, "elsewhere"));
  });
});

describe("the version of Node.js", () => {
  it("must be 20.19 or later", () => {
    const works = (version: string) => checkNode(version).works;
    expect(["18.20.0", "20.18.3", "20.19.0", "22.1.0", "24.0.0"].map(works)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(checkNode("18.0.0").advice).toContain("20.19");
  });
});
