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

  it("says where a value came from, and nothing where the plan does not", () => {
    const origin = (address: string) => entries.find((entry) => entry.address === address)?.origin;
    expect(origin("seed")).toBe("experiment, quickstart.mos:12");
    expect(origin("train.clip")).toBe("default");
    expect(origin("train.length")).toBe("");
  });

  it("has no address twice", () => {
    const addresses = entries.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
