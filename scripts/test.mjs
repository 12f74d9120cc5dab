// `npm test`: installs, builds, and runs every suite. Ends with the total alone on a line: `N passed, N failed, N skipped`.
//   --ci            a suite that cannot run here is a failure, not a skip
//   --only=<suite>  one suite (see `suites` below)
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { build, checkNode, installPackages, root } from "./prepare.mjs";

const results = path.join(root, "test-results");
const LONGEST_MESSAGE = 2000;
const insist = process.argv.includes("--ci");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);

/**
 * Each suite runs as a command that writes a report, from which `count` reads {passed, failed, skipped}.
 * A suite that cannot run on this machine exits with 77 and says why in `<suite>.unavailable` in test-results.
 */
const suites = [
  { name: "unit", title: "Unit, language server and host", ...vitest("unit", "vitest.config.ts") },
  { name: "grammar", title: "TextMate grammar", ...script("grammar", "scripts/test-grammar.mjs") },
  { name: "webgpu", title: "WebGPU on a software adapter", ...script("webgpu", "scripts/test-webgpu.mjs") },
  { name: "webview", title: "Panels in a browser", ...script("webview", "scripts/test-webview.mjs") },
  { name: "vscode", title: "Inside VS Code", ...script("vscode", "scripts/test-vscode.mjs") },
  { name: "e2e", title: "A person's view of VS Code", ...script("e2e", "scripts/test-e2e.mjs") },
];

checkNode();
installPackages();
build();
fs.mkdirSync(results, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
/** Told again at the end, where someone who has only the end of the output finds them. */
const failures = [];
for (const suite of suites.filter(({ name }) => !only || name === only)) {
  console.log(`\n=== ${suite.title}`);
  const counts = runSuite(suite);
  for (const key of Object.keys(total)) total[key] += counts[key];
  summary.push(`${suite.title}: ${line(counts)}${counts.reason ? ` (${counts.reason})` : ""}`);
}
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${summary.join("\n")}\n`);
console.log(line(total));
process.exitCode = total.failed === 0 ? 0 : 1;

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function runSuite(suite) {
  const report = path.join(results, `${suite.name}.json`);
  const unavailable = path.join(results, `${suite.name}.unavailable`);
  fs.rmSync(report, { force: true });
  fs.rmSync(unavailable, { force: true });
  const { status } = spawnSync(process.execPath, suite.args, { cwd: root, stdio: "inherit" });
  if (status === 77) {
    const reason = fs.existsSync(unavailable)
      ? fs.readFileSync(unavailable, "utf8").trim()
      : "it cannot run here";
    console.log(`${suite.title} did not run: ${reason}`);
    return insist
      ? { passed: 0, failed: 1, skipped: 0, reason }
      : { passed: 0, failed: 0, skipped: 1, reason };
  }
  const told = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, "utf8")) : null;
  const counts = told ? suite.count(told) : none();
  if (told && suite.failures) failures.push(...suite.failures(told));
  // A runner that broke down after (or before) its tests has failed, whatever it counted.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (status === 0 && counts.passed === 0) return { ...counts, failed: 1, reason: "the suite ran no test" };
  if (insist && counts.skipped > 0) {
    return {
      ...counts,
      failed: counts.failed + counts.skipped,
      skipped: 0,
      reason: "skipped tests count as failed here",
    };
  }
  return counts;
}

function none() {
  return { passed: 0, failed: 0, skipped: 0 };
}

function vitest(name, config) {
  return {
    args: [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      config,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=test-results/${name}.json`,
    ],
    count: (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.testResults.filter(failedToLoad).length,
      skipped: report.numPendingTests + report.numTodoTests,
    }),
    failures: (report) => report.testResults.flatMap(failedTests),
  };
}

/** File, name and reason of every test of a file that failed. */
function failedTests({ name, message, assertionResults }) {
  const file = path.relative(root, name);
  const failed = assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0) return message ? [`${file}: ${message.slice(0, LONGEST_MESSAGE)}`] : [];
  return failed.map(({ fullName, failureMessages }) => {
    const reason = failureMessages.join("\n").slice(0, LONGEST_MESSAGE);
    return `${file}: ${fullName}\n${reason}`;
  });
}

/** A test file that broke before it declared a test. */
function failedToLoad(file) {
  return file.status === "failed" && file.assertionResults.length === 0;
}

/** A script of ours writes {passed, failed, skipped} itself. */
function script(name, file) {
  return {
    args: [file, `--report=test-results/${name}.json`],
    count: (report) => ({ ...none(), ...report }),
  };
}
