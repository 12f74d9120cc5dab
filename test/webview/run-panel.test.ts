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

  it.each(themes)("what was cut, left out and taken from the Hub, %s", async (theme) => {
    const panel = await open(theme);
    const run = sampleRun({ doc });
    const events = run.events.map((event) => {
      if (event.type !== "start") return event;
      const datasets = event.datasets.map((facts, index) =>
        index === 0 ? { ...facts, truncated: 41, malformed: 3, duplicates: 12 } : facts,
      );
      const commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
      const source = {
        kind: "dataset" as const,
        repository: "TIGER-Lab/MathInstruct",
        revision: "main",
        commit,
      };
      return { ...event, datasets, sources: [source] };
    });
    await panel.send(snapshot({ ...run, events }, "finished"));
    await panel.page.getByText("Resolved config").click();
    await panel.screenshot(`run-left-out-${theme}`);
    const table = panel.page.getByRole("region", { name: "Epochs and shares per dataset" });
    expect(await table.textContent()).toContain("Rows left out");
    expect(await panel.page.textContent(".config")).toContain(
      "TIGER-Lab/MathInstruct at main, commit 1a2b3c4d5e6f",
    );
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
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

  it("shows the mixture as shares, and remembers that", async () => {
    const panel = await open("light");
    await panel.send(snapshot(sampleRun({ doc }), "finished"));
    await panel.page.getByRole("button", { name: "Shares" }).click();
    await panel.page.getByRole("button", { name: "Log" }).click();
    await panel.drawn();
    await panel.screenshot("run-shares-light");
    expect(await panel.page.evaluate(() => window.panelState())).toEqual({ look: "shares", scale: "log" });
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("says what computes the run, what auto passed over and why, and the memory it took", async () => {
    const panel = await open("light");
    const run = sampleRun({ doc });
    await panel.send(snapshot({ ...run, events: [] }, "queued"));
    const config = panel.page.locator("details.config");
    await config.getByText("Resolved config").click();
    expect(await config.getByText("Computed by").isVisible()).toBe(false);
    await panel.send(snapshot(run, "finished"));
    await panel.drawn();
    const machine = await config.locator("dl").innerText();
    expect(machine).toContain("wasm, 2 threads (own wasm kernels, relaxed SIMD)");
    expect(machine).toContain("wasm-blas: There is no BLAS library.");
    expect(await panel.page.locator("header .facts").innerText()).toMatch(/Memory\s+400\sMiB at most/);
    await panel.screenshot("run-machine-light");
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("asks for what its buttons say", async () => {
    const panel = await open("dark");
    const run = sampleRun({ done: 130, end: "open" });
    const { runId } = run.record;
    await panel.send(snapshot(run, "running"));
    const button = (name: string) => panel.page.getByRole("button", { name, exact: true });
    await button("Stop").click();
    await button("Open Config").click();
    await button("Open File").click();
    expect(await button("Resume").count()).toBe(0);
    await panel.send({ type: "append", runId, status: "interrupted", events: [] });
    await button("Resume").click();
    expect((await panel.posted()).slice(1)).toEqual([
      { type: "stop", runId },
      { type: "openConfig", runId },
      { type: "openFile", runId },
      { type: "resume", runId },
    ]);
    expect(await panel.page.getByRole("alert").textContent()).toContain(
      "ended at step 130 without finishing",
    );
    await panel.close();
  });

  it("grows with appended events and announces how the run ends", async () => {
    const panel = await open("dark");
    const run = sampleRun();
    const { runId } = run.record;
    await panel.send(snapshot({ ...run, events: run.events.slice(0, 60) }, "running"));
    const before = await panel.chartSummary("Sampling probabilities");
    await panel.send({ type: "append", runId, status: "running", events: run.events.slice(60, 200) });
    expect(await panel.chartSummary("Sampling probabilities")).not.toBe(before);
    await panel.send({ type: "append", runId, status: "finished", events: run.events.slice(200) });
    expect(await panel.chartSummary("Sampling probabilities")).toMatch(
      /^Sampling probabilities, from step 0 to 300: /,
    );
    expect(await panel.announced()).toBe("quickstart: Finished at step 300.");
    await panel.close();
  });

  it("stays whole with 10,000 steps", async () => {
    const panel = await open("dark");
    const run = sampleRun({ doc, steps: 10_000, evaluateEvery: 250 });
    const { runId } = run.record;
    const most = run.events.length - 50;
    await panel.send(snapshot({ ...run, events: run.events.slice(0, most) }, "running"));
    await panel.send({ type: "append", runId, status: "finished", events: run.events.slice(most) });
    await panel.screenshot("run-long-dark");
    expect(await panel.chartSummary("Training loss")).toMatch(/^Training loss, from step 1 to 10000: /);
    expect(panel.problems).toEqual([]);
    await panel.close();
  });

  it("asks for everything again when events are missing", async () => {
    const panel = await open("dark");
    const run = sampleRun();
    await panel.send(snapshot({ ...run, events: run.events.slice(0, 60) }, "running"));
    await panel.send({
      type: "append",
      runId: run.record.runId,
      status: "running",
      events: run.events.slice(61, 70),
    });
    expect((await panel.posted()).filter(({ type }) => type === "ready").length).toBe(2);
    await panel.close();
  });

  it("says so when it cannot read a message", async () => {
    const panel = await open("dark");
    await panel.send({ type: "snapshot", protocol: 99, runs: [] });
    const alert = await panel.page.getByRole("alert").textContent();
    expect(alert).toMatch(/The panel could not read what it was sent .* open it again\./);
    expect((await panel.posted()).map(({ type }) => type)).toEqual(["ready", "problem"]);
    await panel.close();
  });

  it("hides a dataset in every chart, with the keyboard too", async () => {
    const panel = await open("dark");
    await panel.send(snapshot(sampleRun(), "finished"));
    const titles = ["Sampling probabilities", "Difficulty, raw", "Training loss", "Held-out loss"];
    const pictures = () => Promise.all(titles.map((title) => panel.chartPixels(title)));
    const before = await pictures();
    const facts = panel.page.getByRole("group", { name: "Datasets" }).getByRole("button", { name: "facts" });
    await facts.focus();
    await panel.page.keyboard.press("Enter");
    await panel.drawn();
    expect(await facts.getAttribute("aria-pressed")).toBe("false");
    (await pictures()).forEach((picture, i) => {
      expect(picture).not.toBe(before[i]);
    });
    await panel.page.getByRole("button", { name: "Show all" }).click();
    await panel.drawn();
    expect(await facts.getAttribute("aria-pressed")).toBe("true");
    await panel.close();
  });

  it("gives every chart's numbers as a table that the keyboard reaches", async () => {
    const panel = await open("dark");
    const run = sampleRun();
    await panel.send(snapshot(run, "finished"));
    const toggle = panel.page.getByRole("button", {
      name: "Sampling probabilities: show the numbers as a table",
    });
    await toggle.focus();
    await panel.page.keyboard.press("Enter");
    const table = panel.page.getByRole("region", { name: "Sampling probabilities, data" });
    expect(await table.getByRole("row").count()).toBe(1 + 1 + 14 + 1);
    await panel.page.keyboard.press("Tab");
    await panel.page.keyboard.press("Tab");
    expect(await table.evaluate((region) => region === document.activeElement)).toBe(true);
    await panel.screenshot("run-table-dark");
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("zooms with the keyboard and goes back to the whole run", async () => {
    const panel = await open("dark");
    await panel.send(snapshot(sampleRun(), "finished"));
    const before = await panel.chartPixels("Training loss");
    await panel.page.locator('section.figure[aria-label="Training loss"] canvas').focus();
    await panel.page.keyboard.press("+");
    await panel.page.keyboard.press("+");
    await panel.page.keyboard.press("ArrowRight");
    const whole = panel.page.getByRole("button", { name: "Training loss: show the whole run" });
    expect(await whole.isVisible()).toBe(true);
    expect(await panel.chartPixels("Training loss")).not.toBe(before);
    await panel.screenshot("run-zoomed-dark");
    await whole.click();
    expect(await whole.isVisible()).toBe(false);
    await panel.drawn();
    await panel.close();
  });

  it("keeps a zoomed range while the run goes on", async () => {
    const panel = await open("dark");
    const run = sampleRun();
    await panel.send(snapshot({ ...run, events: run.events.slice(0, 100) }, "running"));
    await panel.page.locator('section.figure[aria-label="Training loss"] canvas').focus();
    await panel.page.keyboard.press("+");
    const { runId } = run.record;
    await panel.send({ type: "append", runId, status: "running", events: run.events.slice(100, 150) });
    expect(
      await panel.page.getByRole("button", { name: "Training loss: show the whole run" }).isVisible(),
    ).toBe(true);
    await panel.close();
  });

  it("leads from an alert to its step in the charts", async () => {
    const panel = await open("light");
    await panel.send(snapshot(sampleRun(), "finished"));
    const before = await panel.chartPixels("Held-out loss");
    await panel.page.getByRole("button", { name: "Step 40: show in the charts" }).click();
    expect(await panel.announced()).toBe("Step 40 is marked in the charts.");
    expect(await panel.chartPixels("Held-out loss")).not.toBe(before);
    await panel.screenshot("run-jump-light");
    await panel.close();
  });

  it("takes over a new theme, and keeps each dataset's dash and marker", async () => {
    const panel = await open("dark");
    await panel.send(snapshot(sampleRun(), "finished"));
    const swatch = () =>
      panel.page.evaluate(() =>
        [...document.querySelectorAll(".legend .swatch")].map((svg) => ({
          color: svg.getAttribute("stroke"),
          dash: svg.querySelector("line")!.getAttribute("stroke-dasharray"),
          marker: svg.querySelector("path")!.getAttribute("d"),
        })),
      );
    const dark = await swatch();
    const pixels = await panel.chartPixels("Sampling probabilities");
    await panel.setTheme("light");
    const light = await swatch();
    expect(light.map(({ color }) => color)).toEqual(["#1a85ff", "#c06a00", "#388a34", "#652d90"]);
    expect(light.map(({ dash, marker }) => [dash, marker])).toEqual(
      dark.map(({ dash, marker }) => [dash, marker]),
    );
    expect(new Set(dark.map(({ dash, marker }) => `${dash} ${marker}`)).size).toBe(4);
    expect(await panel.chartPixels("Sampling probabilities")).not.toBe(pixels);
    await panel.screenshot("run-switched-light");
    await panel.close();
  });

  it("shows names as text, whatever is in them", async () => {
    const panel = await open("dark");
    const evil = "<img src=x onerror=alert(1)>";
    const run = JSON.parse(
      JSON.stringify(sampleRun()).replaceAll('"facts"', JSON.stringify(evil)),
    ) as SampleRun;
    run.record.plan.doc = evil;
    await panel.send(snapshot(run, "finished"));
    expect(await panel.page.locator("img").count()).toBe(0);
    expect(await panel.page.textContent(".doc")).toBe(evil);
    expect(panel.problems).toEqual([]);
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
