import { describe, expect, it } from "vitest";
import { EndedRuns } from "../../../../extension/runs/ended-runs";
import { overview } from "../overview";

describe("what is told about runs that end", () => {
  const base = overview();
  const uniform = overview({ name: "skills/uniform" });

  it("one run: its held-out loss", () => {
    const notice = new EndedRuns().add(base, [base]);
    expect(notice).toMatchObject({
      kind: "information",
      message: "skills finished with held-out loss 0.2507.",
      comparable: [],
    });
  });

  it("runs of one experiment: once, when the last is done, with what can be compared", () => {
    const ended = new EndedRuns();
    expect(ended.add(base, [base, { ...uniform, status: "running" }])).toBeNull();
    expect(ended.add(uniform, [base, uniform])).toMatchObject({
      message: "skills: 2 runs finished.",
      comparable: [base.folder, uniform.folder],
    });
  });

  it("a failure at once, with its reason and advice", () => {
    const failed = overview({
      status: "failed",
      failure: { message: "The disk is full.", advice: "Make room." },
    });
    const notice = new EndedRuns().add(failed, [failed, { ...uniform, status: "running" }]);
    expect(notice).toMatchObject({ kind: "error", message: "skills failed: The disk is full. Make room." });
  });

  it("a lost host as a warning; a stop that was asked for not at all", () => {
    const interrupted = overview({ status: "interrupted", step: 40 });
    expect(new EndedRuns().add(interrupted, [interrupted])).toMatchObject({ kind: "warning" });
    const stopped = overview({ status: "stopped" });
    expect(new EndedRuns().add(stopped, [stopped])).toBeNull();
  });
});
