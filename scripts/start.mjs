// `npm start`: from a fresh clone to a learned mixture. Installs, builds, runs the quickstart experiment with its ablations,
// and shows what came out, as a table here and as a page to open in a browser.
// `npm start -- --runs=DIR` puts the runs elsewhere.
import * as os from "node:os";
import * as path from "node:path";
import { build, checkNode, installPackages, root, run, timed } from "./prepare.mjs";

const quickstart = path.join(root, "examples/quickstart");
const runsOption = process.argv.find((argument) => argument.startsWith("--runs="))?.slice("--runs=".length);
const runs = path.resolve(runsOption ?? path.join(quickstart, ".mos/runs"));

checkNode();
installPackages();
build();
const parallel = Math.max(1, Math.min(os.availableParallelism(), 4));
timed("Training the quickstart's runs", () =>
  run(process.execPath, [
    "dist/mos.js",
    "run",
    path.join(quickstart, "quickstart.mos"),
    "--runs",
    runs,
    "--parallel",
    String(parallel),
    "--html",
    path.join(quickstart, ".mos/comparison.html"),
  ]),
);
console.log(`
Next: open ${path.relative(process.cwd(), path.join(quickstart, ".mos/comparison.html"))} in a browser for the charts,
or the folder ${path.relative(process.cwd(), quickstart)} in VS Code with this extension, and press Run in quickstart.mos.
What the numbers show, and what they do not: examples/quickstart/README.md`);
