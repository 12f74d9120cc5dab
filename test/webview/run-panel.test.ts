import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ToPanel } from "../../contracts/panel-protocol";
import type { RunStatus } from "../../contracts/run-folder";
import { type SampleRun, type SampleRunOptions, sampleRun } from "../unit/run-folder/sample-run";
import { chromiumPath, launchChromium, withoutChromium } from "./browser";
import { PanelPage } from "./panel-page";
import type { ThemeName } from "./vscode-themes";

const themes: ThemeName[] = ["light", "dark", "high-contrast"];

const doc = "Mixture-of-Skills with the difficulty reward: which of the four skills needs more?";

function snapshot({ record, events }: SampleRun, status: RunStatus): ToPanel {
  return { type: "snapshot", protocol: 1, runs: [{ record, status, events }] };
}

describe.skipIf(!chromiumPath)(`run panel in a browser${withoutChromium}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  const open = (theme: ThemeName, width = 1200) =>
    PanelPage.open(browser, { panel: "run-panel", theme, width });

  const states: [string, SampleRunOptions, RunStatus][] = [
    ["live", { done: 170, end: "open" }, "running"],
    ["finished", {}, "finished"],
    ["failed", { done: 130, end: "failure" }, "failed"],
    ["interrupted", { done: 130, end: "open" }, "interrupted"],
    ["two-rewards", { mixture: "difficulty+transferability" }, "finished"],
    ["static", { mixture: "proportional" }, "finished"],
  ];

  describe.each(states)("%s", (name, options, status) => {
    it.each(themes)("looks right, %s", async (theme) => {
      const panel = await open(theme);
      const run = sampleRun({ doc, ...options });
      await panel.send(snapshot(run, status));
      if (status === "running") {
        await panel.send({
          type: "progress",
          runId: run.record.runId,
          progress: {
            phase: "rewards",
            step: 172,
            steps: 300,
            phaseShare: 0.4,
            loss: 0.512,
            tokensPerSecond: 8123,
            secondsLeft: 14,
            p: {},
          },
        });
      }
      await panel.screenshot(`run-${name}-${theme}`);
      expect(panel.problems).toEqual([]);
      expect(await panel.accessibilityViolations()).toEqual([]);
      await panel.close();
    });
  });

  it.each(themes)("before the first event, %s", async (theme) => {
    const panel = await open(theme);
    const { record } = sampleRun({ doc });
    await panel.send(snapshot({ record, events: [], result: null }, "queued"));
    await panel.screenshot(`run-empty-${theme}`);
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("fits into 500 pixels", async () => {
    const panel = await open("dark", 500);
    await panel.send(snapshot(sampleRun({ doc }), "finished"));
    await panel.screenshot("run-narrow-dark");
    expect(await panel.overflowing()).toEqual([]);
    await panel.close();
  });
});
