import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  findDamage,
  listCheckpoints,
  removeCheckpoint,
  writeCheckpoint,
} from "../../../../training-host/training/checkpoint";
import { temporaryFolder } from "../../run-folder/temporary-folder";

function fillWith(files: Record<string, string>) {
  return async (folder: string) => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  };
}

test("the newest are kept, and found newest first by number", async () => {
  const run = temporaryFolder();
  for (const step of [5, 9, 10, 100]) await writeCheckpoint(run, step, 3, fillWith({ state: `${step}` }));
  expect(listCheckpoints(run).map(({ step }) => step)).toEqual([100, 10, 9]);
  expect(listCheckpoints(run).map(({ folder }) => findDamage(folder))).toEqual([null, null, null]);
});

test("one that fails on the way leaves the others as they were and nothing half done", async () => {
  const run = temporaryFolder();
  await writeCheckpoint(run, 1, 1, fillWith({ state: "one" }));
  const failing = writeCheckpoint(run, 2, 1, async (folder) => {
    fs.writeFileSync(path.join(folder, "state"), "tw");
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  });
  await expect(failing).rejects.toThrow(expect.objectContaining({ reason: "disk-full" }));
  expect(listCheckpoints(run).map(({ step, folder }) => [step, findDamage(folder)])).toEqual([[1, null]]);
  expect(fs.readdirSync(path.join(run, "checkpoints"))).toEqual(["step-1"]);
});

test("what a killed host left half done is cleared away and never taken for a checkpoint", async () => {
  const run = temporaryFolder();
  fs.mkdirSync(path.join(run, "checkpoints", "step-7.partial"), { recursive: true });
  expect(listCheckpoints(run)).toEqual([]);
  await writeCheckpoint(run, 8, 1, fillWith({ state: "eight" }));
  expect(fs.readdirSync(path.join(run, "checkpoints"))).toEqual(["step-8"]);
});

test("any flipped bit, missing end or missing file is found", async () => {
  const run = temporaryFolder();
  const files = { "model.safetensors": "weights of a model", "state.json": '{"step":3}' };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(files), "manifest.json"),
      fc.constantFrom("flip", "cut", "remove"),
      fc.nat(),
      async (name, damage, at) => {
        const { folder } = await writeCheckpoint(run, 3, 1, fillWith(files));
        expect(findDamage(folder)).toBeNull();
        const file = path.join(folder, name);
        const bytes = fs.readFileSync(file);
        // The manifest's own text may be laid out in any way: a flipped bit matters in what it says, so it is cut instead.
        if (damage === "flip" && name !== "manifest.json") {
          bytes[at % bytes.length]! ^= 1;
          fs.writeFileSync(file, bytes);
        } else if (damage === "remove") fs.rmSync(file);
        else fs.writeFileSync(file, bytes.subarray(0, at % (bytes.length - 2)));
        expect(findDamage(folder)).not.toBeNull();
      },
    ),
  );
});

test("a removed one is no checkpoint any more, also when its removal is interrupted", async () => {
  const run = temporaryFolder();
  const checkpoint = await writeCheckpoint(run, 4, 1, fillWith({ state: "four" }));
  removeCheckpoint(checkpoint);
  expect(listCheckpoints(run)).toEqual([]);
});
