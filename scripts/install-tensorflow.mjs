// Installs native TensorFlow for the backends tensorflow and, with --gpu, tensorflow-gpu: builds `mos` where that was not
// done, and runs `mos install tensorflow` with the arguments given.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const isBuilt = ["mos.js", "tensorflow-check.js"].every((file) =>
  fs.existsSync(path.join(root, "dist", file)),
);
const built = isBuilt ? 0 : run("scripts/build.mjs");
process.exitCode = built || run("dist/mos.js", "install", "tensorflow", ...process.argv.slice(2));
