import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparisonPage } from "../../cli/comparison-page";
import type { PanelRun, ToPanel } from "../../contracts/panel-protocol";
import type { RunStatus } from "../../contracts/run-folder";
import { type SampleMixture, type SampleRunOptions, sampleRun } from "../unit/run-folder/sample-run";
import { chromiumPath, launchChromium, withoutChromium } from "./browser";
import { PanelPage } from "./panel-page";
import type { ThemeName } from "./vscode-themes";

const themes: ThemeName[] = ["light", "dark", "high-contrast"];

const variants: [string, SampleMixture][] = [
  ["quickstart", "difficulty"],
  ["quickstart/no-ema", "difficulty"],
  ["quickstart/transferability", "transferability"],
  ["quickstart/uniform", "uniform"],
  ["quickstart/proportional", "proportional"],
];

function run(index: number, options: SampleRunOptions = {}, status: RunStatus = "finished"): PanelRun {
  const [name, mixture] = variants[index]!;
  const created = `2026-01-02T03:${String(options.seed ?? 1).padStart(2, "0")}:0${index}.000Z`;
  const { record, events } = sampleRun({ name, mixture, created, ...options });
  return { record, status, events };
}

const snapshot = (runs: PanelRun[]): ToPanel => ({ type: "snapshot", protocol: 1, runs });
const five = () => variants.map((_, index) => run(index));

describe.skipIf(!chromiumPath)(`comparison panel in a browser${withoutChromium}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  const open = (theme: ThemeName, width = 1200) =>
    PanelPage.open(browser, { panel: "comparison-panel", theme, width });

  it.each(themes)("shows five runs side by side, %s", async (theme) => {
    const panel = await open(theme);
    await panel.send(snapshot(five()));
    await panel.screenshot(`comparison-${theme}`);
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it.each(themes)("puts seeds together, %s", async (theme) => {
    const panel = await open(theme);
    const runs = [0, 3, 4].flatMap((index) => [1, 2, 3].map((seed) => run(index, { seed })));
    await panel.send(snapshot(runs));
    await panel.screenshot(`comparison-seeds-${theme}`);
    expect(await panel.page.textContent("h1")).toBe("Comparison of 9 runs of 3 plans");
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("shows runs that are still going", async () => {
    const panel = await open("dark");
    const runs = five();
    runs[0] = run(0, { done: 140, end: "open" }, "running");
    runs[1] = { ...run(1), status: "queued", events: [] };
    await panel.send(snapshot(runs));
    await panel.screenshot("comparison-live-dark");
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });

  it("measures against the baseline that the reader chooses, and remembers it", async () => {
    const panel = await open("dark");
    const runs = five();
    await panel.send(snapshot(runs));
    const header = panel.page.getByRole("columnheader", { name: "Difference to" });
    expect(await header.textContent()).toBe("Difference to uniform");
    const table = panel.page.getByRole("region", { name: "Final held-out loss" });
    const row = (name: string) => table.getByRole("row", { name: new RegExp(`^${name} `) });
    expect(await row("uniform").textContent()).toContain("baseline");
    await panel.page.getByLabel("Baseline").selectOption({ label: "proportional (static)" });
    await panel.drawn();
    expect(await header.textContent()).toBe("Difference to proportional");
    // Cells of hidden stars have text, too.
    expect(await row("uniform").textContent()).toMatch(/−0\.\d{3}.*at step \d+ of 300: \d\.\d\d×/);
    expect(await panel.page.evaluate(() => window.panelState())).toMatchObject({
      baseline: runs[4]!.record.runId,
    });
    await panel.close();
  });

  it("opens a run by its name", async () => {
    const panel = await open("dark");
    const runs = five();
    await panel.send(snapshot(runs));
    await panel.page.getByRole("button", { name: "no-ema" }).first().click();
    expect(await panel.posted()).toContainEqual({ type: "showRun", runId: runs[1]!.record.runId });
    await panel.close();
  });

  it("follows a live run without losing the keyboard's place", async () => {
    const panel = await open("dark");
    const whole = run(0);
    const part = { ...whole, status: "running" as const, events: whole.events.slice(0, 150) };
    await panel.send(snapshot([part, run(3)]));
    const name = panel.page.getByRole("button", { name: "quickstart" }).last();
    await name.focus();
    await panel.send({
      type: "append",
      runId: whole.record.runId,
      status: "finished",
      events: whole.events.slice(150),
    });
    expect(await name.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await panel.announced()).toBe("quickstart: Finished.");
    expect(await panel.page.textContent(".summary")).toMatch(/^At step 300, /);
    await panel.close();
  });

  it("fits into 500 pixels", async () => {
    const panel = await open("dark", 500);
    await panel.send(snapshot(five()));
    await panel.screenshot("comparison-narrow-dark");
    expect(await panel.overflowing()).toEqual([]);
    await panel.close();
  });

  it.each(["light", "dark"] as const)("stands alone in one file, %s", async (scheme) => {
    const read = (file: string) => fs.readFileSync(path.resolve("dist/webview", file), "utf8");
    const bundle = { script: read("comparison-panel.js"), style: read("comparison-panel.css") };
    const html = comparisonPage(five(), null, bundle);
    const panel = await PanelPage.openAlone(browser, html, scheme);
    await panel.drawn();
    await panel.screenshot(`comparison-alone-${scheme}`);
    expect(await panel.page.textContent("h1")).toBe("Comparison of 5 runs");
    expect(await panel.page.locator("th button").count()).toBe(0);
    expect(panel.problems).toEqual([]);
    expect(await panel.accessibilityViolations()).toEqual([]);
    await panel.close();
  });
});
