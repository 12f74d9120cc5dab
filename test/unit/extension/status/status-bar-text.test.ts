import { describe, expect, it } from "vitest";
import { statusBarText } from "../../../../extension/status/status-bar-text";
import { sampleProgress } from "../../run-folder/sample-host";
import { overview } from "../overview";

const running = (runId: string, step: number, secondsLeft: number | null) =>
  overview({
    runId,
    name: `skills/${runId}`,
    status: "running",
    step,
    progress: { ...sampleProgress, step, secondsLeft },
  });

describe("the status bar", () => {
  it("is empty when nothing runs or waits", () => {
    expect(statusBarText([overview(), overview({ status: "interrupted" })])).toBeNull();
  });

  it("names the only run, with its share and the time left", () => {
    expect(statusBarText([running("a", 150, 65), overview()])?.text).toBe(
      "$(loading~spin) skills/a · 50 % · 1 min 5 s left",
    );
  });

  it("sums up several, with the longest time left", () => {
    const text = statusBarText([running("a", 300, 5), running("b", 0, 90)]);
    expect(text?.text).toBe("$(loading~spin) 2 runs · 50 % · 1 min 30 s left");
    expect(text?.accessibleLabel).toBe("Mixture of Skills: 2 runs, 50 %, 1 min 30 s left");
    expect(text?.tooltip.split("\n")).toHaveLength(2);
  });

  it("counts runs that wait instead of promising when those that run are done", () => {
    const text = statusBarText([running("a", 150, 5), overview({ status: "queued", step: 0 })]);
    expect(text?.text).toBe("$(loading~spin) skills/a · 50 % · 1 queued");
  });

  it("says when runs are being stopped, and when none has counted its steps", () => {
    expect(statusBarText([overview({ status: "stopping", step: 7 })])?.text).toBe(
      "$(loading~spin) skills · stopping",
    );
    expect(statusBarText([overview({ status: "running", step: 0, steps: null })])?.text).toBe(
      "$(loading~spin) skills · starting",
    );
    expect(statusBarText([overview({ status: "queued", steps: null })])?.text).toBe(
      "$(clock) Runs · 1 queued",
    );
  });
});
