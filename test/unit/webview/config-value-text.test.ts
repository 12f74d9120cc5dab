import { describe, expect, it } from "vitest";
import { configValueText } from "../../../webview/config-value-text";

describe("configValueText", () => {
  it("writes values as the language does", () => {
    expect([0.001, "cosine", true, null, ["a", "b"]].map(configValueText)).toEqual([
      "0.001",
      "cosine",
      "true",
      "none",
      "[a, b]",
    ]);
    expect(configValueText({ weightDecay: 0.01, warmup: { fraction: 0.1 } })).toBe(
      "weight-decay=0.01 warmup { fraction=0.1 }",
    );
  });
});
