import { describe, expect, it } from "vitest";
import { addEvents, emptyRunView } from "../../../../run-view/run-view";
import { summarySentences } from "../../../../webview/run-panel/summary-sentences";
import { type SampleRun, type SampleRunOptions, sampleRun } from "../../run-folder/sample-run";

const plain = (text: string) => text.replaceAll("\u202f", " ");

function sentences(
  options: SampleRunOptions = {},
  change: (run: SampleRun) => void = () => undefined,
): string[] {
  const run = sampleRun(options);
  change(run);
  const view = addEvents(emptyRunView(run.record), run.events, "finished");
  return summarySentences(view, run.record.plan.config.mixture).map(plain);
}

describe("summarySentences", () => {
  it("tells the largest gain and the largest loss with the rewards beside them", () => {
    const [mixture, heldOut, repetition] = sentences();
    expect(mixture).toMatch(
      /^After 14 updates: facts went from 25 % to \d\d % while its difficulty reward fell from 0\.\d{3} to 0\.\d{3} and was the highest at 14 of 14 updates; copy went from 25 % to [\d.]+ % while its difficulty reward fell from 0\.\d{3} to 0\.\d{3,} and was the lowest at 14 of 14 updates\.$/,
    );
    expect(heldOut).toMatch(
      /^The mean held-out loss fell from 1\.850 \(step 0\) to 0\.\d{3} \(step 300\); facts has the highest, /,
    );
    expect(repetition).toMatch(/^Each example of convert has been drawn 2\.\d\d times on average\.$/);
  });

  it("says that a reward stayed when it did", () => {
    const [mixture] = sentences({}, ({ events }) => {
      for (const event of events) if (event.type === "update") event.reward.facts = 0.9;
    });
    expect(mixture).toContain("facts went from 25 %");
    expect(mixture).toContain("while its difficulty reward stayed near 0.900");
  });

  it("says that the mixture has not moved when it has not", () => {
    const [mixture] = sentences({}, ({ events }) => {
      for (const event of events) {
        if (event.type === "update") event.p = { arith: 0.25, convert: 0.255, facts: 0.25, copy: 0.245 };
      }
    });
    expect(mixture).toBe(
      "After 14 updates, no dataset's share has changed by as much as 1 point from the prior.",
    );
  });

  it("describes fixed mixtures as fixed", () => {
    expect(sentences({ mixture: "uniform" })[0]).toBe(
      "The mixture is fixed: each of the 4 datasets has 25 %.",
    );
    expect(sentences({ mixture: "proportional" })[0]).toBe(
      "The mixture is fixed: arith 25 %, convert 5.0 %, facts 9.0 % and copy 61 %.",
    );
  });

  it("does not call a loss that rose a fall", () => {
    const heldOut = sentences({}, ({ events }) => {
      for (const event of events)
        if (event.type === "evaluation") event.reference.loss = 1 + event.step / 100;
    })[1];
    expect(heldOut).toMatch(/^The mean held-out loss went from 1\.000 \(step 0\) to 4\.000 \(step 300\)/);
  });

  it("says nothing before there is anything to say", () => {
    const { record } = sampleRun();
    expect(summarySentences(emptyRunView(record), record.plan.config.mixture)).toEqual([]);
    expect(sentences({ done: 10, end: "open", evaluateEvery: 400 }).join(" ")).not.toContain("update");
  });
});
