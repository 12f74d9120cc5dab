// Colours the files of test/fixtures/grammar with the TextMate grammar and checks the scopes that they ask for.
// Counts in test-results/grammar.json: one test for each assertion line.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const results = path.join(root, "test-results");
const fixtures = path.join(root, "test/fixtures/grammar");
const counts = { passed: 0, failed: 0, skipped: 0 };

for (const name of fs.readdirSync(fixtures).filter((file) => file.endsWith(".mos"))) {
  const file = path.join(fixtures, name);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      path.join(root, "node_modules/vscode-tmgrammar-test/dist/unit.js"),
      "--grammar",
      path.join(root, "syntaxes/mos.tmLanguage.json"),
      file,
    ],
    { encoding: "utf8", cwd: root },
  );
  const assertions = fs.readFileSync(file, "utf8").split("\n").filter(isAssertion).length;
  const failures = status === 0 ? 0 : Math.max(1, (stdout.match(/^\s+at \[/gm) ?? []).length);
  counts.failed += failures;
  counts.passed += assertions - Math.min(failures, assertions);
  process.stdout.write(stdout + stderr);
}

fs.mkdirSync(results, { recursive: true });
fs.writeFileSync(path.join(results, "grammar.json"), JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

function isAssertion(line) {
  return /^(?:\/\/|#)\s*(?:\^|<[~-])/.test(line);
}
