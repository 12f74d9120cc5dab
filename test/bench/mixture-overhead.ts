/**
 * `npm run bench:overhead`: what Mixture-of-Skills costs beside training with a static mixture: wall time of real runs of
 * mixture-overhead.mos in turn, the measuring of initial perplexities (theta_0) counted in and told apart.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { backendChoices } from "../../contracts/backend";
import type { RunEvent } from "../../contracts/run-event";
import { readEvents } from "../../run-folder/run-files";
import { chosen, count, tellFailures } from "./choices";
import { Countdown } from "./countdown";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { describeSpread, median } from "./statistics";

const file = path.join(__ROOT__, "test/bench/mixture-overhead.mos");
const runsDirectory = path.join(__ROOT__, ".cache/bench/overhead");
/** Initial perplexities that an earlier run has measured would cost nothing. */
const perplexityCache = path.join(__ROOT__, "test/bench/.mos/cache");

const STATIC = "overhead/static";
/** By the names of their plans. */
const variants: Readonly<Record<string, string>> = {
  [STATIC]: "static mixture",
  "overhead/difficulty": "difficulty",
  "overhead/transferability": "transferability",
  "overhead/both": "both rewards",
};

interface Cost {
  /** Training, with all that the mixture adds; not the loading of model and data. */
  wall: number;
  initialPerplexities: number;
  updates: number;
  /** What computed, from the run's record. */
  machine: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      backend: { type: "string", default: "auto" },
      write: { type: "boolean", default: false },
    },
  });
  const rounds = count("rounds", values.rounds ?? (values.quick ? "1" : "3"));
  const [backend] = chosen("backend", values.backend, backendChoices) as [string];
  const warning = loadWarning();
  if (warning) console.log(warning);
  const names = Object.keys(variants);
  const countdown = new Countdown(RUN_SECONDS * rounds * names.length);
  const costs = new Map<string, Cost[]>(names.map((name) => [name, []]));
  fs.rmSync(runsDirectory, { recursive: true, force: true });
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      countdown.begin(`round ${round + 1} of ${rounds}: ${variants[name]}`);
      costs.get(name)!.push(costOf(train(name, path.join(runsDirectory, `${round}`), backend)));
      countdown.finish(RUN_SECONDS);
    }
  }
  report(costs, rounds, warning, values.write);
}

/** Of one run on a quiet machine with two cores. */
const RUN_SECONDS = 30;

/** Returns the events of the run. */
function train(name: string, runs: string, backend: string): RunEvent[] {
  fs.rmSync(perplexityCache, { recursive: true, force: true });
  const before = new Set(fs.existsSync(runs) ? fs.readdirSync(runs) : []);
  const options = ["--runs", runs, "--set", `launch.backend=${backend}`];
  const { status, stderr } = spawnSync(process.execPath, [mos, "run", file, name, ...options], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`mos run ${name} ended with ${status}: ${stderr}`);
  const folder = fs.readdirSync(runs).find((entry) => !before.has(entry))!;
  return readEvents(path.join(runs, folder)).events;
}

const mos = path.join(__ROOT__, "dist/mos.js");

function costOf(events: readonly RunEvent[]): Cost {
  const start = events.find(({ type }) => type === "start") as Extract<RunEvent, { type: "start" }>;
  const finish = events.find(({ type }) => type === "finish") as Extract<RunEvent, { type: "finish" }>;
  const updates = events.reduce((sum, event) => sum + (event.type === "update" ? event.seconds : 0), 0);
  // Initial perplexities are measured before the first event is written.
  const initialPerplexities = finish.overheadSeconds - updates;
  const trained = (Date.parse(finish.time) - Date.parse(start.time)) / 1000;
  const machine = `${start.backend} (${start.detail}), threads: ${start.threads}`;
  return { wall: trained + initialPerplexities, initialPerplexities, updates, machine };
}

function report(
  costs: ReadonlyMap<string, readonly Cost[]>,
  rounds: number,
  warning: string,
  write: boolean,
): void {
  const yardstick = costs.get(STATIC)!;
  const header = [
    "rewards",
    "wall time, s",
    "more than static",
    "initial perplexities, s",
    "an update, s",
    "both, of the run",
  ];
  const rows = [...costs].map(([name, measured]) => {
    const of = (read: (cost: Cost) => number) => measured.map(read);
    const title = variants[name]!;
    const wall = median(of(({ wall }) => wall)).toFixed(1);
    if (name === STATIC) return [title, wall, "", "", "", ""];
    const more = measured.map(({ wall }, round) => 100 * (wall / yardstick[round]!.wall - 1));
    return [
      title,
      wall,
      `${describeSpread(more, 1)} %`,
      median(of(({ initialPerplexities }) => initialPerplexities)).toFixed(2),
      median(of(({ updates }) => updates)).toFixed(2),
      `${median(of((cost) => (100 * (cost.initialPerplexities + cost.updates)) / cost.wall)).toFixed(1)} %`,
    ];
  });
  const facts = [
    `${describeMachine()}; ${yardstick[0]!.machine}.`,
    `Medians of ${rounds} rounds in turn; in brackets the range over the rounds.`,
    warning,
  ].filter(Boolean);
  console.log(`\n${plainTable(header, rows)}\n\n${facts.join(" ")}`);
  if (write) writeSection("mixture-overhead", `${markdownTable(header, rows)}\n\n${facts.join(" ")}`);
}

await tellFailures(main);
