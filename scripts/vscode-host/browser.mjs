// Chromium for the workbench, cut off from everything but this machine.
import { spawnSync } from "node:child_process";
import { chromium } from "playwright-core";

export async function startBrowser({ viewport = { width: 1360, height: 860 } } = {}) {
  const executablePath = process.env.CHROMIUM ?? findChromium();
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      `--window-size=${viewport.width},${viewport.height}`,
    ],
  });
}

function findChromium() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const { status, stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  throw new Error("Chromium was not found: install it (Debian: apt-get install chromium), or set CHROMIUM.");
}
