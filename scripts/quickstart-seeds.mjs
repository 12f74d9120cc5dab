// `npm run quickstart:seeds`: the quickstart's runs with five seeds each, and the table of docs/quickstart.md made from them.
//   --seeds=1,2,3   other seeds        --runs=DIR   where the runs go (runs that are finished there are not repeated)
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { root, run } from "./prepare.mjs";

const option = (name, fallback) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;

const seeds = option("seeds", "1,2,3,4,5").split(",").map(Number);
const runs = path.resolve(option("runs", path.join(root, "examples/quickstart/.mos/seeds")));
const file = path.join(root, "examples/quickstart/quickstart.mos");
const baseline = "quickstart/uniform";
const page = path.join(root, "docs/quickstart.md");

/** Two-sided 95 % quantiles of Student's t, by degrees of freedom. */
const studentT = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

function mos(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["dist/mos.js", ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`mos ${args.join(" ")}: ${stderr}`);
  return JSON.parse(stdout);
}

function finishedRuns() {
  if (!fs.existsSync(runs)) return [];
  return mos("ls", "--runs", runs, "--json")
    .filter((one) => one.status === "finished")
    .map((one) => mos("show", one.id, "--runs", runs, "--json"));
}

for (const seed of seeds) {
  const done = new Set(
    finishedRuns()
      .filter((one) => one.seed === seed)
      .map((one) => one.name),
  );
  const missing = mos("plan", file, "--json")
    .map((plan) => plan.name)
    .filter((name) => !done.has(name));
  if (missing.length === 0) continue;
  console.log(`seed ${seed}: ${missing.join(", ")}`);
  run(process.execPath, [
    "dist/mos.js",
    "run",
    file,
    ...missing,
    "--set",
    `seed=${seed}`,
    "--runs",
    runs,
    "--parallel",
    "2",
  ]);
}

const finished = finishedRuns().filter((one) => seeds.includes(one.seed));
const names = [...new Set(finished.map((one) => one.name))];
const table = [
  `| run | reference loss | ${finished[0].datasets.map(({ name }) => name).join(" | ")} | paired difference to uniform (95 % interval) | reaches uniform's final loss at step | final mixture | seconds (of it rewards) |`,
  `|---|---|${finished[0].datasets.map(() => "---|").join("")}---|---|---|---|`,
  ...names.sort(byReference).map(row),
];
console.log(`\n${table.join("\n")}\n`);
writeTable();

function bySeed(name) {
  return seeds.map((seed) => finished.find((one) => one.name === name && one.seed === seed)).filter(Boolean);
}

function byReference(a, b) {
  return mean(bySeed(a).map(finalReference)) - mean(bySeed(b).map(finalReference));
}

function row(name) {
  const group = bySeed(name);
  const losses = group.map(finalReference);
  const perDataset = group[0].datasets.map((dataset) =>
    mean(group.map((one) => one.evaluations.at(-1).perDataset[dataset.name].loss)).toFixed(3),
  );
  const mixture = group[0].datasets.map((_, i) => mean(group.map((one) => one.datasets[i].p)).toFixed(2));
  const cells = [
    name,
    `${mean(losses).toFixed(4)} ± ${deviation(losses).toFixed(4)}`,
    ...perDataset,
    name === baseline ? "-" : difference(group),
    name === baseline ? "-" : group.map(stepToBaseline).join(" "),
    mixture.join(" "),
    `${mean(group.map((one) => one.seconds)).toFixed(0)} (${mean(group.map((one) => one.overheadSeconds)).toFixed(1)})`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function baselineOf(one) {
  return finished.find((other) => other.name === baseline && other.seed === one.seed);
}

function difference(group) {
  const differences = group.map((one) => finalReference(one) - finalReference(baselineOf(one)));
  const half = (studentT[differences.length - 1] * deviation(differences)) / Math.sqrt(differences.length);
  const centre = mean(differences);
  return `${signed(centre)} (${signed(centre - half)} ... ${signed(centre + half)})`;
}

/** Step, interpolated between evaluations, at which the run reaches the baseline's final reference loss. */
function stepToBaseline(one) {
  const goal = finalReference(baselineOf(one));
  const points = one.evaluations.map(({ step, reference }) => ({ step, loss: reference.loss }));
  const after = points.findIndex(({ loss }) => loss <= goal);
  if (after < 0) return "never";
  const [a, b] = [points[after - 1], points[after]];
  return Math.round(a.step + ((b.step - a.step) * (a.loss - goal)) / (a.loss - b.loss));
}

function finalReference(one) {
  return one.evaluations.at(-1).reference.loss;
}

function writeTable() {
  const [begin, end] = ["<!-- table: begin -->", "<!-- table: end -->"];
  const text = fs.readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new Error(`${page} has no place for the table`);
  fs.writeFileSync(
    page,
    `${text.slice(0, before + begin.length)}\n${table.join("\n")}\n${text.slice(after)}`,
  );
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length - 1),
  );
}

function signed(value) {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
}
