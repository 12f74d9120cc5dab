import * as fs from "node:fs";
import * as path from "node:path";
import type { AxeResults } from "axe-core";
import type { Frame, Page } from "playwright-core";

const root = path.resolve(import.meta.dirname, "../..");
const axe = fs.readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong in the panel that is shown: rule, element and reason. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const frame = await shownPanel(page);
  // Through the browser's debugger, which the page's content security policy does not bind.
  await frame.evaluate(axe);
  const results = (await frame.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as AxeResults;
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
}

async function shownPanel(page: Page): Promise<Frame> {
  const outer = await page.locator("iframe.webview.ready:visible").elementHandle();
  const inner = await (await outer?.contentFrame())?.locator("iframe#active-frame").elementHandle();
  const frame = await inner?.contentFrame();
  if (!frame) throw new Error("no panel is shown");
  return frame;
}
