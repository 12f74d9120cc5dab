import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolders } from "../../../run-folder/make-folders";
import { temporaryFolder } from "./temporary-folder";

describe("making folders", () => {
  it("makes all that are missing, and minds none that are there", () => {
    const folder = path.join(temporaryFolder(), "a/b/c");
    makeFolders(folder);
    makeFolders(folder);
    expect(fs.statSync(folder).isDirectory()).toBe(true);
  });

  it("says when a file stands in the way", () => {
    const file = path.join(temporaryFolder(), "file");
    fs.writeFileSync(file, "");
    expect(() => makeFolders(path.join(file, "below"))).toThrow(/ENOTDIR|EEXIST/);
    expect(() => makeFolders(file)).toThrow(/EEXIST/);
  });

  it("comes to an end where a folder cannot be made although the one above exists", () => {
    const stubborn = process.platform === "linux" ? "/proc/mos-test/runs" : path.join("/dev/null", "runs");
    expect(() => makeFolders(stubborn)).toThrow(/ENOENT|ENOTDIR|EACCES|EPERM/);
  });
});
