import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { scopedRequire } from "../../../../../training-host/tensor/tensorflow/scoped-modules";
import { temporaryFolder, write } from "./temporary-folder";

const folder = temporaryFolder();
const file = (name: string, source: string) => write(path.join(folder.path, name), source);

describe("scopedRequire", () => {
  it("gives packages and named files from what is provided", () => {
    const core = { answer: 42 };
    file("entry.js", 'exports.core = require("core"); exports.messages = require("./deep/user").messages;');
    file("deep/user.js", 'exports.messages = require("../proto/api");');
    const load = scopedRequire(folder.path, { core, "./proto/api": "mine" });
    expect(load("entry.js").core).toBe(core);
    expect(load("entry.js").messages).toBe("mine");
  });

  it("runs a file once, and lets two files require each other", () => {
    file("a.js", 'exports.name = "a"; exports.other = require("./b");');
    file("b.js", 'exports.name = "b"; exports.other = require("./a");');
    const load = scopedRequire(folder.path, {});
    const a = load("a.js");
    expect((a.other as { other: unknown }).other).toBe(a);
    expect(load("a.js")).toBe(a);
  });

  it("gives what a file assigns to module.exports", () => {
    file("class.js", "module.exports = class Kernel {};");
    expect(String(scopedRequire(folder.path, {})("class.js"))).toContain("Kernel");
  });

  it("names the file that requires what is not provided", () => {
    file("entry.js", 'require("google-protobuf");');
    expect(() => scopedRequire(folder.path, {})("entry.js")).toThrow(
      /entry\.js requires "google-protobuf", which is not provided/,
    );
  });
});
