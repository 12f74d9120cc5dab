// Runs test/webview: the panels' bundles in Chromium. Counts in test-results/webview.json, screenshots in
// test-results/screenshots. Exits with 77 when there is no Chromium (MOS_CHROMIUM names one that lies elsewhere).
// Arguments go to vitest, such as `-t "live"`.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const results = path.join(root, "test-results");
const details = path.join(results, "webview-vitest.json");
const config = "test/webview/vitest.config.ts";

fs.mkdirSync(results, { recursive: true });
fs.rmSync(details, { force: true });
const passedOn = process.argv.slice(2).filter((argument) => !argument.startsWith("--report="));
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, "node_modules/vitest/vitest.mjs"),
    ...["run", "--config", config, "--reporter=verbose", "--reporter=json", `--outputFile.json=${details}`],
    ...passedOn,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
);
if (!fs.existsSync(details)) process.exit(status ?? 1);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(fs.readFileSync(details, "utf8"));
const counts = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
fs.writeFileSync(path.join(results, "webview.json"), JSON.stringify(counts));
if (counts.passed === 0 && counts.failed === 0 && counts.skipped > 0) {
  fs.writeFileSync(
    path.join(results, "webview.unavailable"),
    "no Chromium was found; MOS_CHROMIUM may name one",
  );
  process.exit(77);
}
process.exitCode = status ?? 1;
