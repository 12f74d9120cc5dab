// Runs test/vscode in a real extension host. One line per test, counts in test-results/vscode.json, exit code 0 when all passed.
// A desktop VS Code is used when VSCODE_EXECUTABLE names one, or when there is a display and one can be downloaded; else the
// browser host. Exits with 77 when there is neither.
// MOCHA_GREP runs the tests whose title matches.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import * as esbuild from "esbuild";
import { isHostInstalled } from "./vscode-host/server.mjs";

const root = path.resolve(import.meta.dirname, "..");
const suite = path.join(root, ".cache/test-vscode");
const results = path.join(root, "test-results");
const report = path.join(results, "vscode.json");

fs.mkdirSync(results, { recursive: true });
fs.rmSync(report, { force: true });
const vscodeExecutablePath = await executable();
await bundleSuite();
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), "mos-workspace-"));
fs.cpSync(path.join(root, "test/vscode/workspace"), workspace, { recursive: true });
try {
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(suite, "suite.js"),
    extensionTestsEnv: { MOS_TEST_REPORT: report, MOCHA_GREP: process.env.MOCHA_GREP },
    launchArgs: [workspace],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
if (!fs.existsSync(report)) {
  console.error("No test was run: the extension host did not come up.");
  process.exitCode = 1;
}

async function bundleSuite() {
  fs.rmSync(suite, { recursive: true, force: true });
  const tests = fs.readdirSync(path.join(root, "test/vscode")).filter((file) => file.endsWith(".ts"));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: tests.map((file) => `test/vscode/${file}`),
    outdir: suite,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    mainFields: ["module", "main"],
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    define: { __DIST__: JSON.stringify(path.join(root, "dist")), __VERSION__: '"0.0.0-test"' },
    logLevel: "warning",
  });
}

async function executable() {
  if (process.env.VSCODE_EXECUTABLE) return process.env.VSCODE_EXECUTABLE;
  const why = process.env.VSCODE_TEST_HOST === "browser" ? "as asked" : whyNoDesktop();
  if (why === null) {
    try {
      return await downloadAndUnzipVSCode({ version: "stable", cachePath: path.join(root, ".vscode-test") });
    } catch (error) {
      return browserHost(error.code ?? error.message);
    }
  }
  return browserHost(why);
}

function whyNoDesktop() {
  const needsDisplay = process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  return needsDisplay ? "no display" : null;
}

function browserHost(why) {
  if (isHostInstalled()) {
    console.log(`Testing in the browser host instead of a desktop VS Code (${why}).`);
    return path.join(root, "scripts/vscode-host/shim.mjs");
  }
  const sentence = `there is no desktop VS Code (${why}) and no browser host: node scripts/vscode-host/install.mjs installs one`;
  fs.writeFileSync(path.join(results, "vscode.unavailable"), sentence);
  console.log(sentence);
  process.exit(77);
}
