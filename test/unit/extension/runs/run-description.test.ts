import { describe, expect, it } from "vitest";
import {
  accessibleRunLabel,
  describeRun,
  formatDuration,
  runTooltip,
} from "../../../../extension/runs/run-description";
import { sampleProgress } from "../../run-folder/sample-host";
import { overview } from "../overview";

describe("one line about a run", () => {
  const training = { ...sampleProgress, step: 120, steps: 300, secondsLeft: 65 };

  it.each([
    ["queued", overview({ status: "queued", step: 0 }), "queued"],
    ["no host message yet", overview({ status: "running", steps: null, step: 0 }), "starting"],
    ["training", overview({ status: "running", step: 119, progress: training }), "120/300 · 1 min 5 s left"],
    [
      "preparing",
      overview({
        status: "running",
        steps: null,
        progress: { ...training, phase: "tokenizing", phaseShare: 0.4, secondsLeft: null },
      }),
      "tokenizing 40 %",
    ],
    ["stopping", overview({ status: "stopping", step: 121 }), "stopping · 121/300"],
    ["stopped", overview({ status: "stopped", step: 121 }), "stopped · 121/300 · loss 0.2507"],
    ["interrupted", overview({ status: "interrupted", step: 5, referenceLoss: null }), "interrupted · 5/300"],
    [
      "failed",
      overview({ status: "failed", failure: { message: "The disk is full.", advice: "" } }),
      "failed · The disk is full.",
    ],
    ["finished", overview(), "loss 0.2507 · 28 s"],
  ])("%s", (_, run, expected) => {
    expect(describeRun(run)).toBe(expected);
  });

  it("is said in words to screen readers", () => {
    const run = overview({ status: "running", step: 119, progress: training });
    expect(accessibleRunLabel(run)).toBe(
      "skills, running, training, step 120 of 300, 1 min 5 s left, held-out loss 0.2507",
    );
  });
});

describe("the tooltip", () => {
  it("says what computes the run, once it has begun", () => {
    const run = overview({ machine: "wasm-blas, 2 threads" });
    expect(runTooltip(run)).toContain("- Backend: wasm\\-blas, 2 threads");
    expect(runTooltip({ ...run, machine: null })).not.toContain("Backend");
  });

  it("cannot be given links or markup by names in a file", () => {
    const run = overview({ name: "[click](command:evil)", runId: "<b>x</b>" });
    const markdown = runTooltip(run);
    expect(markdown).not.toMatch(/(?<!\\)\[click(?<!\\)\]/);
    expect(markdown).not.toMatch(/(?<!\\)<b/);
  });
});

describe("a duration", () => {
  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [125, "2 min 5 s"],
    [3599.7, "1 h 0 min"],
    [11_400, "3 h 10 min"],
    [187_200, "2 d 4 h"],
  ])("of %d seconds", (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
