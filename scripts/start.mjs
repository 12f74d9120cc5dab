// `npm start`: from a fresh clone to a learned mixture. Installs, builds, runs the quickstart experiment with its ablations,
// and shows what came out, as a table here and as a page to open in a browser.
// `npm start -- --runs=DIR` puts the runs elsewhere.
import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import { build, checkNode, installPackages, root, run, timed } from "./prepare.mjs";

const quickstart = path.join(root, "examples/quickstart");
const runsOption = process.argv.find((argument) => argument.startsWith("--runs="))?.slice("--runs=".length);
const runs = path.resolve(runsOption ?? path.join(quickstart, ".mos/runs"));

const page = path.join(path.dirname(runs), "comparison.html");

checkNode();
installPackages();
build();
const before = new Set(listRuns());
const parallel = Math.max(1, Math.min(os.availableParallelism(), 4));
const file = path.join(quickstart, "quickstart.mos");
timed("Training the quickstart's runs", () =>
  run(process.execPath, ["dist/mos.js", "run", file, "--runs", runs, "--parallel", String(parallel)]),
);
const made = listRuns().filter((id) => !before.has(id));
run(process.execPath, ["dist/mos.js", "compare", ...made, "--runs", runs, "--html", page]);
console.log(`
Next: open ${fromHere(page)} in a browser for the charts,
or the folder ${fromHere(quickstart)} in VS Code with this extension, and press Run in quickstart.mos.
What the numbers show, and what they do not: ${fromHere(path.join(quickstart, "README.md"))}`);

/** Ids of the runs that are there. */
function listRuns() {
  const { stdout } = spawnSync(process.execPath, ["dist/mos.js", "ls", "--runs", runs, "--json"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout || "[]").map(({ id }) => id);
}

function fromHere(file) {
  return path.relative(process.cwd(), file);
}
