/** What a person means by `--model`. */
import * as fs from "node:fs";
import * as path from "node:path";
import { expect, it } from "vitest";
import { modelSource } from "../../../cli/model-source";
import { UsageError } from "../../../cli/report-error";
import { temporaryFolder } from "../training-host/data/temporary-folder";

function place(): { folder: string; runs: string } {
  const folder = temporaryFolder();
  const runs = path.join(folder, ".mos/runs");
  fs.mkdirSync(path.join(folder, "models/tiny"), { recursive: true });
  for (const run of ["20261101-a", "20261101-b", "20261102-c"]) {
    fs.mkdirSync(path.join(runs, run), { recursive: true });
    fs.writeFileSync(path.join(runs, run, "plan.json"), "{}");
  }
  return { folder, runs };
}

it("is a folder that is there, a run, or a repository of the Hub", () => {
  const { folder, runs } = place();
  const source = (model: string, adapter?: string) => modelSource({ model, adapter }, runs, folder);
  const tiny = path.join(folder, "models/tiny");
  expect(source("models/tiny")).toEqual({ kind: "folder", folder: tiny, adapter: null });
  expect(source(tiny, "adapter")).toEqual({
    kind: "folder",
    folder: tiny,
    adapter: path.join(folder, "adapter"),
  });
  expect(source("20261102")).toEqual({ kind: "run", folder: path.join(runs, "20261102-c") });
  expect(source(".mos/runs/20261101-a")).toEqual({ kind: "run", folder: path.join(runs, "20261101-a") });
  expect(source("Qwen/Qwen1.5-0.5B")).toEqual({
    kind: "hub",
    repository: "Qwen/Qwen1.5-0.5B",
    revision: "main",
    adapter: null,
  });
  expect(source("org/name@v1.0")).toMatchObject({ repository: "org/name", revision: "v1.0" });
});

it("is refused when it is nothing, or several, or has an adapter twice", () => {
  const { folder, runs } = place();
  const source = (model: string, adapter?: string) => () => modelSource({ model, adapter }, runs, folder);
  expect(source("nowhere")).toThrowError(/There is no model nowhere/);
  expect(source("./models/none")).toThrowError(/There is no model/);
  expect(source("20261101")).toThrowError(expect.objectContaining({ reason: "run-ambiguous" }));
  expect(source("20261102", "adapter")).toThrowError(UsageError);
});
