// What both `npm start` and `npm test` need first: a Node that is new enough, the packages, the build.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

/** Runs a command in the checkout with its output shown; ends the script with the command's status when that is not 0. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The seconds that `work` took, with its title, on one line. */
export function timed(title, work) {
  const started = Date.now();
  console.log(`\n${title}`);
  work();
  console.log(`${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node ${process.versions.node} is too old: install Node 20.19 or later (https://nodejs.org), then run this again.`,
    );
  }
}

/** Installs the packages of package-lock.json unless they lie there already. */
export function installPackages() {
  const installed = path.join(root, "node_modules/.package-lock.json");
  const wanted = path.join(root, "package-lock.json");
  if (fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= fs.statSync(wanted).mtimeMs) return;
  // None of our packages needs an install script: their binaries are packages themselves.
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  timed("Installing packages", () =>
    run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      shell: process.platform === "win32",
    }),
  );
}

export function build() {
  timed("Building", () => run(process.execPath, ["scripts/build.mjs"]));
}
