// `npm run quickstart:seeds`: the quickstart's runs with five seeds each, and the tables of docs/quickstart.md made from them.
//   --seeds=1,2,3   other seeds        --runs=DIR   where the runs go (runs that are finished there are not repeated)
//   --page=FILE     another page, with the two markers that the tables go between
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fail, root, run } from "./prepare.mjs";

const option = (name, fallback) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;

const seeds = option("seeds", "1,2,3,4,5").split(",").map(Number);
const runs = path.resolve(option("runs", path.join(root, "examples/quickstart/.mos/seeds")));
const page = path.resolve(option("page", path.join(root, "docs/quickstart.md")));
const file = path.join(root, "examples/quickstart/quickstart.mos");
const [begin, end] = ["<!-- table: begin -->", "<!-- table: end -->"];

// Before hours of training, not after them.
aroundTables();

const plans = seeds.flatMap((seed) => plansOf(seed).map(({ name, hash }) => ({ seed, name, hash })));
for (const seed of seeds) {
  const done = finishedRuns();
  const missing = plans
    .filter((plan) => plan.seed === seed && !done.some(isOf(plan)))
    .map(({ name }) => name);
  if (missing.length === 0) continue;
  console.log(`seed ${seed}: ${missing.join(", ")}`);
  const options = ["--set", `seed=${seed}`, "--runs", runs, "--parallel", "2"];
  run(process.execPath, ["dist/mos.js", "run", file, ...missing, ...options]);
}

const finished = finishedRuns();
const ids = plans.map((plan) => finished.find(isOf(plan)).id);
const compared = mos("compare", ...ids, "--markdown", "--baseline", "quickstart/uniform", "--runs", runs);
// What differs in the configs can be read in the file itself.
const [tables] = compared.split("\n| config that differs");
console.log(`\n${tables}`);
const [before, after] = aroundTables();
fs.writeFileSync(page, `${before}${begin}\n${tables}${end}${after}`);

function mos(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["dist/mos.js", ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) fail(`mos ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function plansOf(seed) {
  return JSON.parse(mos("plan", file, "--set", `seed=${seed}`, "--json"));
}

function finishedRuns() {
  if (!fs.existsSync(runs)) return [];
  return JSON.parse(mos("ls", "--runs", runs, "--json")).filter(({ status }) => status === "finished");
}

/** A run of an earlier version of the file has another hash: it would be compared with what it is not. */
function isOf({ name, hash }) {
  return (run) => run.name === name && run.planHash === hash;
}

/** The page's text before the tables' place and after it. */
function aroundTables() {
  const text = fs.readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) fail(`${page} has no place for the tables: ${begin} ... ${end}`);
  return [text.slice(0, from), text.slice(to + end.length)];
}
