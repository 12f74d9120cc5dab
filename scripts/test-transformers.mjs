// Runs test/compat/python against the Python of MOS_PYTHON, or against one of its own with the libraries of
// test/compat/python/requirements.txt, which it makes in .cache/compat where it is not there. Other arguments go to vitest.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const requirements = path.join(root, "test/compat/python/requirements.txt");

const run = (command, args, env = process.env) =>
  spawnSync(command, args, { cwd: root, stdio: "inherit", env }).status ?? 1;

/** Throws when it cannot be made. */
function ownPython() {
  const folder = path.join(root, ".cache/compat/venv");
  const windows = process.platform === "win32";
  const python = path.join(folder, windows ? "Scripts/python.exe" : "bin/python");
  const complete = path.join(folder, "complete");
  const wanted = fs.readFileSync(requirements, "utf8");
  if (fs.existsSync(complete) && fs.readFileSync(complete, "utf8") === wanted) return python;
  console.log(`Installing PyTorch, transformers and PEFT into ${folder} (once; on Linux some gigabytes) ...`);
  const steps = [
    () => run(windows ? "python" : "python3", ["-m", "venv", folder]),
    () => run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]),
  ];
  if (steps.some((step) => step() !== 0))
    throw new Error("Installing failed. Install them by hand, and name that Python in MOS_PYTHON.");
  fs.writeFileSync(complete, wanted);
  return python;
}

/** The versions are part of what is compared. */
function requireVersions(python) {
  const script =
    "import sys, importlib.metadata as m\nfor line in open(sys.argv[1]):\n  name, _, wanted = line.strip().partition('==')\n" +
    "  if wanted:\n    found = m.version(name)\n    print(name, found)\n    assert found == wanted, f'{name} {wanted} is compared with'";
  if (run(python, ["-c", script, requirements]) !== 0)
    throw new Error(`${python} has not the libraries of ${path.relative(root, requirements)}.`);
}

try {
  const python = process.env.MOS_PYTHON ?? ownPython();
  requireVersions(python);
  const vitest = ["run", "--config", "test/compat/python/vitest.config.ts", ...process.argv.slice(2)];
  process.exitCode =
    run(process.execPath, ["scripts/build.mjs", "--only=kernel-worker"]) ||
    run(process.execPath, ["node_modules/vitest/vitest.mjs", ...vitest], {
      ...process.env,
      MOS_PYTHON: python,
    });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
