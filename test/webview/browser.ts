import * as fs from "node:fs";
import type { Browser } from "playwright-core";

const candidates = [
  process.env.MOS_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The machine's Chromium; null where there is none (`MOS_CHROMIUM` names another place). */
export const chromiumPath: string | null =
  candidates.find((candidate) => candidate !== undefined && fs.existsSync(candidate)) ?? null;

/** Appended to the names of tests that cannot run. */
export const withoutChromium = chromiumPath ? "" : " (skipped: no Chromium found, set MOS_CHROMIUM)";

export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  if (!chromiumPath) throw new Error("No Chromium found.");
  return await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] });
}
