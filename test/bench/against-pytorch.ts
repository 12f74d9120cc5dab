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
import { canPin, type RunAnswer, Worker, type WorkerCommand } from "./worker";
import { writeWorkload } from "./workload";

/** Largest relative difference of a step's loss from PyTorch's. */
const LOSS_TOLERANCE = 1e-4;
/** A turn lasts about as long as this, and at least one step. */
const TURN_SECONDS = { quick: 1.5, full: 4 };
/** Whose steps take longer takes part in the first round only. */
const SLOW_STEP_SECONDS = 12;
/** Steps are compared for no longer than this, but at least two are. */
const COMPARE_SECONDS = 15;

const cache = path.join(__ROOT__, ".cache/bench");

/** What takes part: PyTorch in its ways, our backends, and stock TensorFlow.js. */
const rowNames = ["pytorch", "pytorch-avx2", "pytorch-chunked", "stock", ...backendNames] as const;
type RowName = (typeof rowNames)[number];

const titles: Partial<Record<RowName, string>> = {
  pytorch: "PyTorch",
  "pytorch-avx2": "PyTorch without AVX-512",
  "pytorch-chunked": "PyTorch, chunked head and loss",
  stock: "stock TensorFlow.js wasm",
};

interface Options {
  sizes: SizeName[];
  threads: number[];
  rows: RowName[];
  rounds: number;
  turnSeconds: number;
  clock: "seconds" | "processorSeconds";
  write: boolean;
  python: string;
}

interface Contestant {
  row: RowName;
  worker: Worker;
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
  const countdown = new Countdown(sum(cases.map((one) => estimate(one, options))));
  const details = new Map<string, string>();
  const measured: Measured[] = [];
  for (const one of cases) {
    measured.push(await measure(one.size, one.threads, options, countdown, details));
    countdown.finish(estimate(one, options));
  }
  report(measured, details, warning, options);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: sizeNames.join() },
      threads: { type: "string", default: "1,2" },
      rows: { type: "string", default: "pytorch,pytorch-avx2,wasm-blas,wasm,stock" },
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
    turnSeconds: values.quick ? TURN_SECONDS.quick : TURN_SECONDS.full,
    clock:
      chosen("clock", values.clock, ["wall", "processor"])[0] === "wall" ? "seconds" : "processorSeconds",
    write: values.write,
    python: findTorchPython(values["torch-python"] ?? process.env.MOS_TORCH_PYTHON, {
      cache,
      requirements: path.join(__ROOT__, "test/bench/requirements.txt"),
    }),
  };
}

/** Seconds, from what a 2-core machine of 2023 took. */
function estimate({ size, threads }: { size: SizeName; threads: number }, options: Options): number {
  const rows = options.rows.filter((row) => takesPart(row, size, threads)).length;
  const large = size === "c" || size === "lora";
  const turn = Math.max(options.turnSeconds, large ? 4 : 0);
  const stock = takesPart("stock", size, threads) && options.rows.includes("stock") ? 60 : 0;
  return rows * ((large ? 14 : 6) + options.rounds * turn) + stock;
}

/** Stock TensorFlow.js has one thread, needs a minute per step at b, and more heap than there is at c. */
function takesPart(row: RowName, size: SizeName, threads: number): boolean {
  return row !== "stock" || (threads === 1 && (size === "a" || size === "b"));
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
    for (const row of options.rows.filter((row) => takesPart(row, name, threads))) {
      countdown.begin(`${title}: the loss curve of ${titles[row] ?? row}`);
      const { worker, detail } = await Worker.start(row, threads, command(row, folder, threads, options));
      details.set(titles[row] ?? row, detail);
      contestants.push(await compareLosses(row, worker, size, contestants[0]?.last.losses, options));
    }
    for (let round = 0; round < options.rounds; round++) {
      countdown.begin(`${title}: round ${round + 1} of ${options.rounds}`);
      for (const contestant of contestants.filter(isComparable)) {
        if (round > 0 && contestant.stepSeconds > SLOW_STEP_SECONDS) continue;
        await takeTurn(contestant, size, options);
      }
    }
  } finally {
    await Promise.all(contestants.map(({ worker }) => worker.end()));
  }
  printCase(title, contestants, size);
  return { size: name, threads, contestants };
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
  { comparedSteps }: Size,
  reference: readonly number[] | undefined,
  { clock }: Options,
): Promise<Contestant> {
  const begin = performance.now();
  let last = await worker.run(2);
  const losses = [...last.losses];
  while (losses.length < comparedSteps && performance.now() - begin < 1000 * COMPARE_SECONDS) {
    last = await worker.run(1);
    losses.push(...last.losses);
  }
  const difference = Math.max(...losses.map((loss, i) => Math.abs(loss / (reference?.[i] ?? loss) - 1)));
  return { row, worker, difference, stepSeconds: last[clock].at(-1)!, rates: [], last: { ...last, losses } };
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
  "what",
  "tokens/s",
  "of PyTorch's",
  "peak memory, MiB",
  "of PyTorch's",
  "losses agree within",
];

function rowsOf(contestants: readonly Contestant[]): string[][] {
  const [yardstick] = contestants as [Contestant];
  return contestants.map((contestant) => {
    const { row, rates, difference, last } = contestant;
    const title = titles[row] ?? `ours, ${row}`;
    if (!isComparable(contestant)) return [title, "", "", "", "", `NOT: ${difference.toExponential(1)}`];
    const ratios = rates.map((rate, round) => rate / yardstick.rates[round]!);
    const isYardstick = contestant === yardstick;
    return [
      title,
      rateText(median(rates)),
      isYardstick ? "1" : describeSpread(ratios),
      last.peakMebibytes.toFixed(0),
      isYardstick ? "1" : (last.peakMebibytes / yardstick.last.peakMebibytes).toFixed(2),
      isYardstick ? "" : difference.toExponential(1),
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
