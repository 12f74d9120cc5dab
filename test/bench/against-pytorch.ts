/**
 * `npm run bench`: training throughput of ours and of PyTorch, taking turns on the same cores, on the same model, data and
 * optimizer. Loss curves are compared first: where they differ there is nothing to compare, and no ratio is printed.
 */
import * as path from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "../../contracts/backend";
import { chosen, count, tellFailures } from "./choices";
import { Countdown } from "./countdown";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { findTorchPython } from "./python-environment";
import { type Size, type SizeName, sizeNames, sizes } from "./sizes";
import { describeSpread, median } from "./statistics";
import { canPin, type RunAnswer, reasonOf, Worker, type WorkerCommand } from "./worker";
import { writeWorkload } from "./workload";

/** Largest relative difference of a step's loss from PyTorch's. */
const LOSS_TOLERANCE = 1e-5;
/** A turn lasts about as long as this, and at least one step. */
const TURN_SECONDS = { quick: 1.5, full: 4 };
/** Whose steps take longer takes no turns: the steps whose losses were compared are all that is timed. */
const SLOW_STEP_SECONDS = 12;
/** Steps are compared for no longer than this, but at least two are. */
const COMPARE_SECONDS = { quick: 8, full: 15 };

const cache = path.join(__ROOT__, ".cache/bench");

/** What takes part: PyTorch in its ways, our backends, and stock TensorFlow.js. */
const rowNames = [
  "pytorch",
  "pytorch-avx2",
  "pytorch-chunked",
  "pytorch-retaining",
  "stock",
  ...backendNames,
] as const;
type RowName = (typeof rowNames)[number];

const titles: Partial<Record<RowName, string>> = {
  pytorch: "PyTorch",
  "pytorch-avx2": "PyTorch without AVX-512",
  "pytorch-chunked": "PyTorch, chunked head and loss",
  "pytorch-retaining": "PyTorch, freed memory retained",
  stock: "stock TensorFlow.js wasm",
};

/** The ways of PyTorch that a ratio takes the best of: the fastest for speed, the leanest for memory. */
const yardsticks: readonly RowName[] = ["pytorch", "pytorch-retaining", "pytorch-chunked"];

interface Options {
  sizes: SizeName[];
  threads: number[];
  rows: RowName[];
  rounds: number;
  turnSeconds: number;
  compareSeconds: number;
  clock: "seconds" | "processorSeconds";
  write: boolean;
  python: string;
}

interface Contestant {
  row: RowName;
  worker: Worker;
  /** What it says of itself. */
  detail: string;
  /** Largest relative difference from PyTorch's losses. */
  difference: number;
  stepSeconds: number;
  /** Tokens per second of each round. */
  rates: number[];
  last: RunAnswer;
}

interface Measured {
  size: SizeName;
  threads: number;
  contestants: Contestant[];
}

async function main(): Promise<void> {
  const options = readOptions();
  const warning = loadWarning();
  if (warning) console.log(warning);
  if (!canPin()) console.log("There is no taskset here: processes are not pinned to cores.");
  const cases = options.sizes.flatMap((size) => options.threads.map((threads) => ({ size, threads })));
  const countdown = new Countdown(
    sum(cases.map(({ size, threads }) => estimateCase(size, threads, options))),
  );
  const details = new Map<string, string>();
  const measured: Measured[] = [];
  for (const one of cases) {
    measured.push(await measure(one.size, one.threads, options, countdown, details));
  }
  report(measured, details, warning, options);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: sizeNames.join() },
      threads: { type: "string", default: "1,2" },
      rows: {
        type: "string",
        default: "pytorch,pytorch-retaining,pytorch-chunked,wasm-blas,wasm,pytorch-avx2,stock",
      },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      clock: { type: "string", default: "wall" },
      write: { type: "boolean", default: false },
      "torch-python": { type: "string" },
    },
  });
  const rows = chosen("rows", values.rows, rowNames);
  return {
    sizes: chosen("sizes", values.sizes, sizeNames),
    threads: values.threads.split(",").map((text) => count("threads", text)),
    // The yardstick always takes part, and first.
    rows: ["pytorch", ...rows.filter((row) => row !== "pytorch")],
    rounds: count("rounds", values.rounds ?? (values.quick ? "3" : "7")),
    turnSeconds: TURN_SECONDS[values.quick ? "quick" : "full"],
    compareSeconds: COMPARE_SECONDS[values.quick ? "quick" : "full"],
    clock:
      chosen("clock", values.clock, ["wall", "processor"])[0] === "wall" ? "seconds" : "processorSeconds",
    write: values.write,
    python: findTorchPython(values["torch-python"] ?? process.env.MOS_TORCH_PYTHON, {
      cache,
      requirements: path.join(__ROOT__, "test/bench/requirements.txt"),
    }),
  };
}

/** Estimated seconds of a contestant's start and compared steps, and of one of its turns. */
function estimate(row: RowName, size: SizeName, threads: number, options: Options) {
  if (row === "stock") return { start: size === "a" ? 20 : 120, turn: size === "a" ? 7 : 0 };
  const large = size === "c" || size === "lora";
  const step = large ? (row === "wasm" ? 7 : 2.5) / threads : 0.5;
  const compared = Math.min(options.compareSeconds, 7 * step);
  return { start: (large ? 5 : 3) + compared, turn: Math.max(options.turnSeconds, step) };
}

function estimateCase(size: SizeName, threads: number, options: Options): number {
  const estimates = contestantsOf(size, threads, options).map((row) => estimate(row, size, threads, options));
  return sum(estimates.map(({ start, turn }) => start + options.rounds * turn));
}

/** Stock TensorFlow.js has one thread, needs most of a minute per step at b, and more heap than there is at c. */
function contestantsOf(size: SizeName, threads: number, { rows }: Options): RowName[] {
  return rows.filter((row) => {
    if (row === "stock") return threads === 1 && (size === "a" || size === "b");
    // It saves where the head is large, and is slower elsewhere.
    if (row === "pytorch-chunked") return size === "c";
    return row !== "pytorch-avx2" || threads === 1;
  });
}

async function measure(
  name: SizeName,
  threads: number,
  options: Options,
  countdown: Countdown,
  details: Map<string, string>,
): Promise<Measured> {
  const size = sizes[name];
  const title = `${name}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  const folder = await writeWorkload(cache, name, size);
  const contestants: Contestant[] = [];
  try {
    for (const row of contestantsOf(name, threads, options)) {
      countdown.begin(`${title}: the loss curve of ${titles[row] ?? row}`);
      const contestant = await enter(row, folder, name, threads, options, contestants[0]?.last.losses);
      details.set(titles[row] ?? row, contestant.detail);
      if ("worker" in contestant) contestants.push(contestant);
      countdown.finish(estimate(row, name, threads, options).start);
    }
    for (let round = 0; round < options.rounds; round++) {
      countdown.begin(`${title}: round ${round + 1} of ${options.rounds}`);
      for (const contestant of contestants.filter(isComparable)) {
        if (!isTooSlow(contestant)) await takeTurn(contestant, size, options);
        countdown.finish(estimate(contestant.row, name, threads, options).turn);
      }
    }
  } finally {
    await Promise.all(contestants.map(({ worker }) => worker.end()));
  }
  printCase(title, contestants, size);
  return { size: name, threads, contestants };
}

/** Starts a contestant and compares its losses. One of ours that cannot be had here is told of and left out. */
async function enter(
  row: RowName,
  folder: string,
  size: SizeName,
  threads: number,
  options: Options,
  reference: readonly number[] | undefined,
): Promise<Contestant | { detail: string }> {
  try {
    const { worker, detail } = await Worker.start(row, threads, command(row, folder, threads, options));
    try {
      return { ...(await compareLosses(row, worker, sizes[size], reference, options)), detail };
    } catch (error) {
      await worker.end();
      throw error;
    }
  } catch (error) {
    if (row === "pytorch") throw error;
    return { detail: `not run. ${reasonOf(error as Error)}` };
  }
}

function command(row: RowName, folder: string, threads: number, { python }: Options): WorkerCommand {
  const torch = {
    command: python,
    args: [path.join(__ROOT__, "test/bench/pytorch_worker.py"), folder, `${threads}`],
  };
  switch (row) {
    case "pytorch":
      return torch;
    case "pytorch-chunked":
      return { ...torch, args: [...torch.args, "--chunked"] };
    case "pytorch-retaining":
      // glibc gives large blocks back to the system, which hands them out again page by page.
      return { ...torch, env: { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: `${2 ** 33}` } };
    case "pytorch-avx2":
      // MKL, PyTorch's own vectorised loops, and oneDNN have a switch each.
      return {
        ...torch,
        env: { MKL_ENABLE_INSTRUCTIONS: "AVX2", ATEN_CPU_CAPABILITY: "avx2", ONEDNN_MAX_CPU_ISA: "AVX2" },
      };
    default:
      return {
        command: process.execPath,
        args: [
          path.join(cache, "engine-worker.mjs"),
          folder,
          row satisfies BackendName | "stock",
          `${threads}`,
        ],
      };
  }
}

/** Trains the first steps, which also warm everything up. `reference`: PyTorch's losses; undefined: this is PyTorch. */
async function compareLosses(
  row: RowName,
  worker: Worker,
  { comparedSteps, sequences, length }: Size,
  reference: readonly number[] | undefined,
  { clock, compareSeconds }: Options,
): Promise<Omit<Contestant, "detail">> {
  const begin = performance.now();
  let last = await worker.run(2);
  const losses = [...last.losses];
  while (losses.length < comparedSteps && performance.now() - begin < 1000 * compareSeconds) {
    last = await worker.run(1);
    losses.push(...last.losses);
  }
  const difference = Math.max(...losses.map((loss, i) => Math.abs(loss / (reference?.[i] ?? loss) - 1)));
  const stepSeconds = last[clock].at(-1)!;
  const contestant: Omit<Contestant, "detail"> = {
    ...{ row, worker, difference, stepSeconds },
    ...{ rates: [], last: { ...last, losses } },
  };
  if (isTooSlow(contestant)) contestant.rates.push((sequences * length) / stepSeconds);
  return contestant;
}

function isTooSlow({ row, stepSeconds }: Pick<Contestant, "row" | "stepSeconds">): boolean {
  return row === "stock" && stepSeconds > SLOW_STEP_SECONDS;
}

/** Not so when a loss is NaN. */
function isComparable({ difference }: Contestant): boolean {
  return difference <= LOSS_TOLERANCE;
}

async function takeTurn(contestant: Contestant, size: Size, { turnSeconds, clock }: Options): Promise<void> {
  const steps = Math.max(1, Math.round(turnSeconds / contestant.stepSeconds));
  // Threads of the one before spin for a while before they sleep.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const answer = await contestant.worker.run(steps);
  contestant.last = answer;
  contestant.stepSeconds = median(answer[clock]);
  contestant.rates.push((size.sequences * size.length) / contestant.stepSeconds);
}

const header = [
  ...["what", "tokens/s", "of the fastest PyTorch's", "of stock's"],
  ...["peak memory, MiB", "of the leanest PyTorch's", "losses agree within"],
];

function rowsOf(contestants: readonly Contestant[]): string[][] {
  const pytorch = contestants.filter(({ row }) => yardsticks.includes(row));
  const fastest = pytorch.reduce((best, one) => (median(one.rates) > median(best.rates) ? one : best));
  const leanest = Math.min(...pytorch.map(({ last }) => last.peakMebibytes));
  const stock = contestants.find(({ row }) => row === "stock");
  return contestants.map((contestant) => {
    const { row, rates, difference, last } = contestant;
    const title = titles[row] ?? `ours, ${row}`;
    if (!isComparable(contestant)) return [title, "", "", "", "", "", `NOT: ${difference.toExponential(1)}`];
    return [
      title,
      rateText(median(rates)),
      describeSpread(rates.map((rate, round) => rate / fastest.rates[round]!)),
      stock ? (median(rates) / median(stock.rates)).toFixed(1) : "",
      last.peakMebibytes.toFixed(0),
      (last.peakMebibytes / leanest).toFixed(2),
      row === "pytorch" ? "" : difference.toExponential(1),
    ];
  });
}

function rateText(tokensPerSecond: number): string {
  return tokensPerSecond >= 100 ? tokensPerSecond.toFixed(0) : tokensPerSecond.toFixed(1);
}

function printCase(title: string, contestants: readonly Contestant[], { sequences, length }: Size): void {
  console.log(
    `\n${title} (${sequences} sequences of ${length} tokens)\n${plainTable(header, rowsOf(contestants))}\n`,
  );
}

function report(
  measured: readonly Measured[],
  details: ReadonlyMap<string, string>,
  warning: string,
  { rounds, clock, write }: Options,
): void {
  const rows = measured.flatMap(({ size, threads, contestants }) =>
    rowsOf(contestants).map((row) => [size, `${threads}`, ...row]),
  );
  const imports = measured.at(-1)!.contestants[0]!.last.importMebibytes;
  const facts = [
    `${describeMachine()}.`,
    `Medians over ${rounds} rounds in turn; in brackets the range over the rounds.`,
    "Speed is held against the fastest of PyTorch's ways with all instruction sets, memory against the leanest.",
    clock === "seconds" ? "" : "Processor time, not wall time.",
    `Of PyTorch's memory, ${imports.toFixed(0)} MiB is what importing it takes.`,
    warning,
  ];
  const text = [
    markdownTable(["size", "threads", ...header], rows),
    facts.filter(Boolean).join(" "),
    [...details].map(([row, detail]) => `- ${row}: ${detail}`).join("\n"),
  ].join("\n\n");
  if (write) writeSection("against-pytorch", text);
  else
    console.log(
      `${facts.filter(Boolean).join(" ")}\n${[...details].map((pair) => pair.join(": ")).join("\n")}`,
    );
  if (!measured.every(({ contestants }) => contestants.every(isComparable))) {
    console.log(`Losses differ by more than ${LOSS_TOLERANCE}: where they do there is no ratio.`);
    process.exitCode = 1;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

await tellFailures(main);
