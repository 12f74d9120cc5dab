/** The quickstart's files: what is committed is what the generator writes, and what the language accepts. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { resolvePlans } from "../../../language-server/language/plan";
import { temporaryFolder } from "../run-folder/temporary-folder";

const root = path.resolve(import.meta.dirname, "../../..");
const quickstart = path.join(root, "examples/quickstart");

function rows(skill: string, part: "train" | "dev"): { prompt: string; answer: string }[] {
  const text = fs.readFileSync(path.join(quickstart, `data/${skill}.${part}.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the quickstart's data", () => {
  it("are what the generator writes, byte for byte", () => {
    const folder = temporaryFolder();
    execFileSync(process.execPath, [path.join(quickstart, "generator/make-data.mjs"), `--to=${folder}`]);
    const written = fs.readdirSync(path.join(folder, "data")).sort();
    expect(written).toHaveLength(8);
    for (const file of written) {
      const committed = fs.readFileSync(path.join(quickstart, "data", file));
      expect(fs.readFileSync(path.join(folder, "data", file)).equals(committed), file).toBe(true);
    }
  });

  it.each(["arith", "convert", "facts", "copy"])(
    "hold out prompts of %s that are not trained on",
    (skill) => {
      const trained = new Set(rows(skill, "train").map(({ prompt }) => prompt));
      const heldOut = rows(skill, "dev");
      expect(heldOut).toHaveLength(128);
      expect(heldOut.filter(({ prompt }) => trained.has(prompt))).toEqual([]);
    },
  );

  it("ask only for facts that are trained on, in another wording", () => {
    const trained = new Set(rows("facts", "train").map(({ answer }) => answer));
    expect(rows("facts", "dev").filter(({ answer }) => !trained.has(answer))).toEqual([]);
  });
});

describe("the quickstart's experiments", () => {
  const plansOf = (file: string) =>
    resolvePlans(path.join(quickstart, file), (name) => fs.readFileSync(name, "utf8"), {
      names: [],
      profile: null,
      set: [],
      environment: {},
    });

  it("are the six runs that the README tells of", () => {
    const { plans, diagnostics } = plansOf("quickstart.mos");
    expect(diagnostics).toEqual([]);
    expect(plans.map(({ name }) => name)).toEqual([
      "quickstart",
      "quickstart/no-ema",
      "quickstart/transferability",
      "quickstart/uniform",
      "quickstart/proportional",
      "quickstart/from-proportional",
    ]);
  });

  it("pre-train the base model in three steps", () => {
    const { plans } = plansOf("base/base.mos");
    expect(plans.map(({ name }) => name)).toEqual(["base-copying", "base-documents", "base-families"]);
  });
});
