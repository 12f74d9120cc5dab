import { describe, expect, it } from "vitest";
import { configEntries } from "../../../../webview/run-panel/config-entries";
import { samplePlan } from "../../run-folder/sample-run";

describe("configEntries", () => {
  const entries = configEntries(samplePlan());
  const value = (address: string) => entries.find((entry) => entry.address === address)?.value;

  it("addresses values as the language does, datasets by name", () => {
    expect(value("seed")).toBe("1");
    expect(value("train.optimizer.weight-decay")).toBeDefined();
    expect(entries.some(({ address }) => address.startsWith("data.facts."))).toBe(true);
    expect(entries.some(({ address }) => /\.\d+\./.test(address))).toBe(false);
  });

  it("says where a value came from", () => {
    const origin = (address: string) => entries.find((entry) => entry.address === address)?.origin;
    expect(origin("train.steps")).toBe("experiment, quickstart.mos:27");
    expect(origin("seed")).toBe("experiment, quickstart.mos:12");
    expect(origin("train.clip")).toBe("default");
    expect(origin("train.length")).toBe("default");
  });

  it("gives parts of a statement the statement's origin, and leaves datasets' names as they are", () => {
    const plan = samplePlan({ mixture: "uniform" });
    plan.config.mixture = { kind: "static", prior: { weights: { someSet: 1 } }, unit: "example" };
    plan.origins["mixture.prior"] = { layer: "ablation", file: "a.mos", line: 3 };
    expect(configEntries(plan)).toContainEqual({
      address: "mixture.prior.weights.someSet",
      value: "1",
      origin: "ablation, a.mos:3",
    });
  });

  it("has no address twice", () => {
    const addresses = entries.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
