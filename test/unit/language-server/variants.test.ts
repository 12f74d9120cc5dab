import { describe, expect, it } from "vitest";
import { errorsOf, fileWith, plansOf } from "./plans-of";

const names = (text: string) => plansOf(text).map(({ name }) => name);

describe("sweeps", () => {
  const sweep = (lines: string) => fileWith("", `sweep s of skills {\n${lines}\n}`);

  it("take every combination, the last value varying fastest", () => {
    expect(names(sweep("vary mixture.scorer.hidden [16, 64]\nvary seed 1..2")).slice(1)).toEqual([
      "skills/s/hidden=16,seed=1",
      "skills/s/hidden=16,seed=2",
      "skills/s/hidden=64,seed=1",
      "skills/s/hidden=64,seed=2",
    ]);
  });

  it("leave out what is excluded, however short it is spelled", () => {
    const text = sweep(
      "vary mixture.scorer.hidden [16, 64, 256]\nvary mixture.prior.temperature [1, inf]\nvary seed 1..2\nexclude hidden=256 temperature=1",
    );
    expect(names(text)).toHaveLength(11);
    expect(names(text)).not.toContain("skills/s/hidden=256,temperature=1,seed=1");
    expect(
      names(
        sweep(
          "vary mixture.scorer.hidden [16, 64]\nexclude mixture.scorer.hidden=16".replace(
            "mixture.scorer.hidden=16",
            "hidden=16",
          ),
        ),
      ),
    ).toEqual(["skills", "skills/s/hidden=64"]);
  });

  it("set the point's values, what else they say, and how many run at once", () => {
    const [, plan] = plansOf(sweep("vary train.schedule [cosine, constant]\ntrain.length 9\nparallel 3"));
    expect(plan!.config).toMatchObject({
      train: { schedule: { kind: "cosine" }, length: 9 },
      launch: { parallel: 3 },
    });
    expect(plan!.overrides).toEqual({ "train.schedule": "cosine", "train.length": 9, "launch.parallel": 3 });
    expect(plan!.origins["train.schedule.kind"]).toEqual({ layer: "sweep", file: "file.mos", line: 10 });
  });

  it("spell addresses out where the last part is not enough", () => {
    expect(names(sweep("vary data.math.weight [1, 2]\nvary data.medicine.weight [3]"))[1]).toBe(
      "skills/s/data.math.weight=1,data.medicine.weight=3",
    );
  });

  it("try one reward at a time", () => {
    const rewards = plansOf(sweep("vary mixture.reward [difficulty, transferability]")).map(
      ({ config }) => config.mixture.kind === "scorer" && Object.keys(config.mixture.reward),
    );
    expect(rewards).toEqual([["difficulty"], ["difficulty"], ["transferability"]]);
  });

  it("vary lists, texts and words", () => {
    expect(
      names(sweep('vary data [[math], [math, medicine]]\nvary model.path ["a/b", "c"]')).slice(1),
    ).toEqual([
      "skills/s/data=math,path=a/b",
      "skills/s/data=math,path=c",
      "skills/s/data=math+medicine,path=a/b",
      "skills/s/data=math+medicine,path=c",
    ]);
  });

  it("are bounded, alone and together, without being expanded", () => {
    expect(errorsOf(sweep("vary seed 1..100000\nvary train.length 2..100000"))).toEqual([
      "This sweep has 9,999,900,000 combinations; at most 10,000 are allowed. Vary less.",
    ]);
    const many = fileWith(
      "",
      "sweep a of skills { vary seed 1..6000 }\nsweep b of skills { vary seed 1..6000 }",
    );
    expect(errorsOf(many)).toEqual(["This file asks for 12,001 runs; at most 10,000 are allowed."]);
  });

  it("check each value once", () => {
    expect(errorsOf(sweep("vary train.batch [0, 8]\nvary seed 1..50"))).toEqual([
      "`batch` takes a whole number of at least 1, not 0.",
    ]);
    expect(errorsOf(sweep("vary seed -3..2"))).toEqual([
      "`seed` takes a whole number from 0 to 4294967295, not -3.",
    ]);
  });
});

describe("ablate rewards of", () => {
  const grid = (experiment: string) => plansOf(fileWith(experiment, "ablate rewards of skills"));

  it("leaves the point out that differs in the name of its run alone", () => {
    const text = fileWith(`  export safetensors "out/\${run.name}"`, "ablate rewards of skills");
    expect(names(text)).not.toContain("skills/difficulty");
    expect(names(text)).toContain("skills/difficulty-no-ema");
  });

  it("is the paper's grid without the point that equals the experiment", () => {
    expect(grid("").map(({ name }) => name)).toEqual([
      "skills",
      "skills/transferability",
      "skills/transferability-no-ema",
      "skills/difficulty-no-ema",
      "skills/proportional",
      "skills/temperature-10",
      "skills/uniform",
    ]);
  });

  it("has one reward each, with and without EMA, and static mixtures", () => {
    const mixtures = Object.fromEntries(
      grid("  mixture { ema off; reward transferability weight=2; unit batch }").map(({ name, config }) => [
        name,
        config.mixture,
      ]),
    );
    expect(mixtures["skills/transferability"]).toMatchObject({
      reward: { transferability: { weight: 2 } },
      ema: { beta: 0.9 },
    });
    expect(mixtures["skills/difficulty"]).toMatchObject({
      reward: { difficulty: { weight: 1 } },
      ema: { beta: 0.9 },
      unit: "batch",
    });
    expect(Object.keys((mixtures["skills/difficulty"] as { reward: object }).reward)).toEqual(["difficulty"]);
    expect(mixtures["skills/temperature-10"]).toEqual({
      kind: "static",
      prior: { temperature: 10 },
      unit: "batch",
    });
    expect(mixtures["skills/transferability-no-ema"]).toBeUndefined();
  });

  it("makes a static experiment learn", () => {
    const mixtures = grid("  mixture static uniform").map(({ name, config }) => [name, config.mixture.kind]);
    expect(mixtures).toContainEqual(["skills/difficulty", "scorer"]);
    expect(mixtures.map(([name]) => name)).not.toContain("skills/uniform");
  });

  it("does not clash with an ablation of one of its names", () => {
    const text = fileWith("", "ablation uniform of skills { seed 3 }\nablate rewards of skills");
    expect(errorsOf(text)).toEqual(["Two runs are called `skills/uniform`; rename the ablation."]);
  });
});
