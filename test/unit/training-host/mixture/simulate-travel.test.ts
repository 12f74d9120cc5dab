import { describe, expect, it } from "vitest";
import type { ScorerConfig } from "../../../../contracts/plan";
import { simulateTravel } from "../../../../training-host/mixture/simulate-travel";

const uniform = new Float64Array(4).fill(0.25);

function simulated(scorer: Partial<ScorerConfig>, updates: number, prior = uniform) {
  return simulateTravel(
    { scorer: { kind: "logits", hidden: 32, inner: 200, lr: 1e-4, travel: null, ...scorer } },
    prior,
    updates,
  )!;
}

describe("the simulated travel", () => {
  it("knows that the authors' setting moves in the paper's 48 updates and is stuck in a short run", () => {
    expect(simulated({}, 48)).toMatchObject({ verdict: "moves", complete: true });
    expect(simulated({}, 48).firstTravel).toBeCloseTo(0.0199, 3);
    expect(simulated({}, 2)).toMatchObject({ verdict: "stuck", updates: 2 });
  });

  it("knows that the paper read literally is stuck: 1 inner step of 1e-4", () => {
    expect(simulated({ inner: 1 }, 48).verdict).toBe("stuck");
  });

  it("knows that the perceptron goes much farther at the same setting", () => {
    const narrow = simulated({ kind: "mlp", hidden: 4 }, 1).firstTravel;
    const wide = simulated({ kind: "mlp", hidden: 128 }, 1).firstTravel;
    expect(narrow).toBeGreaterThan(0.03);
    expect(wide).toBeGreaterThan(0.5);
    expect(simulated({ kind: "mlp", hidden: 32 }, 1).firstTravel).toBeLessThan(wide);
  });

  it("tells of a scorer that jumps to the fixed point, unless its travel is bounded", () => {
    expect(simulated({ inner: 500, lr: 0.05 }, 10)).toMatchObject({ verdict: "jumps", updates: 1 });
    const bounded = simulated({ inner: 500, lr: 0.05, travel: 0.1 }, 10);
    expect(bounded.firstTravel).toBeCloseTo(0.1, 9);
    expect(bounded.verdict).toBe("moves");
  });

  it("has a way to go from every prior, proportional ones too", () => {
    const sizes = Float64Array.of(0.8, 0.15, 0.04, 0.01);
    const { share, verdict } = simulated({ inner: 20, lr: 5e-3 }, 29, sizes);
    expect(share).toBeGreaterThan(0.5);
    expect(verdict).toBe("moves");
  });

  it("is nothing when there is nothing to move", () => {
    expect(simulateTravel({ scorer: null }, uniform, 10)).toBeNull();
    const scorer: ScorerConfig = { kind: "logits", hidden: 1, inner: 1, lr: 1, travel: null };
    expect(simulateTravel({ scorer }, Float64Array.of(1), 10)).toBeNull();
    expect(simulateTravel({ scorer }, uniform, 0)).toBeNull();
  });

  it("has no opinion about what is too much work to try", () => {
    const many = new Float64Array(100).fill(0.01);
    const slow = { kind: "mlp", hidden: 512, inner: 10_000, lr: 1e-9 } as const;
    expect(simulated(slow, 1000, many)).toMatchObject({ complete: false, verdict: "moves" });
    expect(simulated({ ...slow, hidden: 1_000_000 }, 1000, many)).toBeNull();
  });
});
