// Runs test/e2e: the packaged extension in VS Code's workbench, as a person uses it. One line per test, counts in
// test-results/e2e.json, screenshots in test-results/screenshots. Exits with 77 when the browser host is not installed.
// Arguments go to vitest, such as `-t "writing"`.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { isHostInstalled } from "./vscode-host/server.mjs";

const root = path.resolve(import.meta.dirname, "..");
const results = path.join(root, "test-results");
const vsix = path.join(root, ".cache/mixture-of-skills.vsix");
const details = path.join(results, "e2e-vitest.json");

fs.mkdirSync(results, { recursive: true });
if (!isHostInstalled()) {
  const sentence = "the browser host is not installed: node scripts/vscode-host/install.mjs does that";
  fs.writeFileSync(path.join(results, "e2e.unavailable"), sentence);
  console.log(sentence);
  process.exit(77);
}
const packaged = node("node_modules/@vscode/vsce/vsce", ["package", "--no-dependencies", "--out", vsix]);
if (packaged !== 0) process.exit(packaged);
fs.rmSync(details, { force: true });
const passedOn = process.argv.slice(2).filter((argument) => !argument.startsWith("--report="));
const status = node(
  "node_modules/vitest/vitest.mjs",
  [
    ...["run", "--config", "test/e2e/vitest.config.ts", "--root", root],
    ...["--reporter=verbose", "--reporter=json", `--outputFile.json=${details}`],
    ...passedOn,
  ],
  { MOS_VSIX: vsix },
);
if (fs.existsSync(details)) writeCounts(JSON.parse(fs.readFileSync(details, "utf8")));
process.exitCode = status;

function node(script, scriptArguments, environment = {}) {
  const { status: exitStatus } = spawnSync(process.execPath, [path.join(root, script), ...scriptArguments], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  return exitStatus ?? 1;
}

function writeCounts(report) {
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  fs.writeFileSync(path.join(results, "e2e.json"), JSON.stringify(counts));
}
