// Runs test/compat/tensorflow, and installs native TensorFlow first where it is not there. Other arguments go to vitest.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const environment = {
  ...process.env,
  // Beside the build, so that a checkout tries what it has installed itself.
  MOS_TENSORFLOW: process.env.MOS_TENSORFLOW ?? path.join(root, ".cache/tensorflow"),
};
const run = (...args) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env: environment }).status ?? 1;

const steps = [
  () => run("scripts/build.mjs"),
  () =>
    fs.existsSync(path.join(environment.MOS_TENSORFLOW, "cpu/installation.json"))
      ? 0
      : run("dist/mos.js", "install", "tensorflow", "--into", environment.MOS_TENSORFLOW),
  () =>
    run(
      "node_modules/vitest/vitest.mjs",
      ...["run", "--config", "test/compat/tensorflow/vitest.config.ts"],
      ...process.argv.slice(2),
    ),
];
process.exitCode = steps.reduce((status, step) => status || step(), 0);
