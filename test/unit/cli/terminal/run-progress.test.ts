import { describe, expect, it } from "vitest";
import { type ProgressRun, progressLines } from "../../../../cli/terminal/run-progress";
import { colourStyle, plainStyle } from "../../../../cli/terminal/style";
import { textWidth } from "../../../../cli/terminal/text-width";
import type { RunStatus } from "../../../../contracts/run-folder";
import { addEvents, emptyRunView } from "../../../../run-view/run-view";
import { sampleProgress } from "../../run-folder/sample-host";
import { type SampleRunOptions, sampleRun } from "../../run-folder/sample-run";

function progressRun(
  options: SampleRunOptions,
  status: RunStatus,
  progress: ProgressRun["progress"] = null,
): ProgressRun {
  const { record, events } = sampleRun(options);
  const known = status === "queued" ? [] : events;
  return { view: addEvents(emptyRunView(record), known, status), progress };
}

const runs = [
  progressRun({ name: "quickstart" }, "finished"),
  progressRun({ name: "quickstart/uniform", mixture: "uniform", done: 142, end: "open" }, "running", {
    ...sampleProgress,
    step: 143,
    loss: 0.4213,
    secondsLeft: 72,
    p: { arith: 0.25, convert: 0.25, facts: 0.25, copy: 0.25 },
  }),
  progressRun({ name: "quickstart/no-ema", done: 0, end: "open" }, "running", {
    ...sampleProgress,
    phase: "tokenizing",
    phaseShare: 0.4,
    step: 0,
    loss: null,
    secondsLeft: null,
  }),
  progressRun({ name: "quickstart/transferability" }, "queued"),
  progressRun({ name: "quickstart/broken", done: 7, end: "failure" }, "failed"),
];

describe("the live display of runs", () => {
  it("shows a bar, the loss, the probabilities and the time left", () => {
    expect(
      `\n${progressLines(runs, { width: 100, rows: 20 }, plainStyle).join("\n")}\n`,
    ).toMatchInlineSnapshot(`
      "
      ✓ quickstart                  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  300/300  held-out 0.3509  26s
      ▸ quickstart/uniform          ━━━━━━━━━━━━━━────────────────  143/300  loss 0.4213  1m 12s left
        arith █▌      25%  convert █▌      25%  facts █▌      25%  copy █▌      25%
      ▸ quickstart/no-ema           ──────────────────────────────    0/300  tokenizing 40%
        arith █▌      25%  convert █▌      25%  facts █▊      30%  copy █▎      20%
      · quickstart/transferability  ──────────────────────────────    0/300  waiting
      ✗ quickstart/broken           ━─────────────────────────────    7/300  failed
      "
    `);
  });

  it("drops what does not fit a narrow terminal, the most important last", () => {
    expect(
      `\n${progressLines(runs.slice(1, 2), { width: 56, rows: 20 }, plainStyle).join("\n")}\n`,
    ).toMatchInlineSnapshot(`
      "
      ▸ quickstart/uniform  143/300  loss 0.4213  1m 12s left
        arith 25%  convert 25%  facts 25%  copy 25%
      "
    `);
  });

  it("counts the runs that are not in work where a sweep has more than the screen has rows", () => {
    const many = Array.from({ length: 30 }, () => runs).flat();
    const lines = progressLines(many.slice(0, 8), { width: 100, rows: 10 }, plainStyle);
    expect(lines).toHaveLength(9);
    expect(lines.filter((line) => line.startsWith("▸"))).toHaveLength(4);
    expect(lines.at(-1)).toBe("  2 finished · 1 failed · 1 queued");
    expect(progressLines(many, { width: 100, rows: 6 }, plainStyle)).toHaveLength(6);
  });

  it("is the same text in colour", () => {
    const widths = (style: typeof plainStyle) =>
      progressLines(runs, { width: 100, rows: 20 }, style).map(textWidth);
    expect(widths(colourStyle)).toEqual(widths(plainStyle));
  });
});
