// Runs test/webgpu on SwiftShader, the software adapter of an installed Chromium. Counts in test-results/webgpu.json. Exits with 77
// when there is none. `--gpu` runs it on this machine's GPU instead. Other arguments go to vitest, such as `-t "device"`.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { softwareAdapter } from "./software-adapter.mjs";

const root = path.resolve(import.meta.dirname, "..");
const results = path.join(root, "test-results");
const details = path.join(results, "webgpu-vitest.json");

fs.mkdirSync(results, { recursive: true });
fs.rmSync(details, { force: true });
const onGpu = process.argv.includes("--gpu");
const adapter = onGpu ? { environment: process.env, remove: () => {} } : softwareAdapter();
if (!adapter) {
  fs.writeFileSync(
    path.join(results, "webgpu.unavailable"),
    "no software adapter was found: on Linux, Chromium brings one (Debian: chromium); MOS_CHROMIUM may name it",
  );
  process.exit(77);
}
const passedOn = process.argv
  .slice(2)
  .filter((option) => !option.startsWith("--report=") && option !== "--gpu");
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, "node_modules/vitest/vitest.mjs"),
    ...["run", "--config", "test/webgpu/vitest.config.ts"],
    ...["--reporter=verbose", "--reporter=json", `--outputFile.json=${details}`],
    ...passedOn,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: adapter.environment },
);
adapter.remove();
if (!fs.existsSync(details)) process.exit(status || 1);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(fs.readFileSync(details, "utf8"));
const counts = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
fs.writeFileSync(path.join(results, "webgpu.json"), JSON.stringify(counts));
process.exitCode = status ?? 1;
