import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { failedProbe } from "../../../../../training-host/tensor/ladder/backend-probe";
import {
  ProbeCache,
  probeKey,
  userCacheFolder,
} from "../../../../../training-host/tensor/ladder/probe-cache";
import { temporaryFolder } from "../../data/temporary-folder";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const probe = failedProbe("It crashed.", "Repair it.");

describe("what is remembered of a library", () => {
  it("is found by another process, under the same key only", () => {
    new ProbeCache(folder).set("wasm-blas", "one", probe);
    const cache = new ProbeCache(folder);
    expect(cache.get("wasm-blas", "one")).toEqual(probe);
    expect(cache.get("wasm-blas", "two")).toBeNull();
    expect(cache.get("tensorflow", "one")).toBeNull();
  });

  it("is nothing when the file is damaged, or the folder cannot be written", () => {
    const cache = new ProbeCache(folder);
    cache.set("wasm-blas", "one", probe);
    fs.writeFileSync(path.join(folder, "wasm-blas.json"), '{"key":"one"');
    expect(cache.get("wasm-blas", "one")).toBeNull();
    const file = path.join(folder, "a-file");
    fs.writeFileSync(file, "");
    expect(() => new ProbeCache(file).set("wasm-blas", "one", probe)).not.toThrow();
  });

  it("has another key when the file is another, has changed, or is where a link leads now", () => {
    const [library, other, link] = ["a.so", "b.so", "link.so"].map((name) => path.join(folder, name));
    fs.writeFileSync(library!, "1");
    fs.writeFileSync(other!, "2");
    const { mtime } = fs.statSync(library!);
    fs.utimesSync(other!, mtime, mtime);
    fs.symlinkSync(library!, link!);
    const before = probeKey([link!]);
    expect(probeKey([library!])).toBe(before);
    expect(probeKey([other!])).not.toBe(before);
    fs.rmSync(link!);
    fs.symlinkSync(other!, link!);
    expect(probeKey([link!])).not.toBe(before);
    fs.appendFileSync(library!, "more");
    expect(probeKey([library!])).not.toBe(before);
    fs.rmSync(library!);
    expect(probeKey([library!])).toBeNull();
  });

  it("lies where the system keeps what can be made again", () => {
    expect(userCacheFolder({ MOS_CACHE: folder })).toBe(folder);
    expect(userCacheFolder({ XDG_CACHE_HOME: "/c" }, "linux")).toBe("/c/mixture-of-skills");
    expect(userCacheFolder({}, "linux")).toMatch(/\/\.cache\/mixture-of-skills$/);
    expect(userCacheFolder({}, "darwin")).toMatch(/Library\/Caches\/mixture-of-skills$/);
    expect(userCacheFolder({ LOCALAPPDATA: "/l" }, "win32")).toBe("/l/mixture-of-skills/cache");
  });
});
