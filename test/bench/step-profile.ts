/**
 * `npm run bench:profile`: where the time of a training step goes, kernel by kernel, and what is left to gain: the
 * multiplications' share and their speed, and what no kernel accounts for (JavaScript: the tape, tensors, allocation).
 */
import * as path from "node:path";
import { parseArgs } from "node:util";
import { packExamples } from "../../training-host/data/packed-batch";
import { loadCheckpoint } from "../../training-host/model/checkpoint/load";
import type { Backend } from "../../training-host/tensor/backend";
import { openBlas } from "../../training-host/tensor/blas/blas";
import { Heap } from "../../training-host/tensor/wasm/heap";
import { chooseVariant } from "../../training-host/tensor/wasm/kernels";
import { openKit } from "../../training-host/tensor/wasm/kit";
import { makeLoad } from "../../training-host/tensor/wasm/load-numbers";
import type { Multiply } from "../../training-host/tensor/wasm/multiply";
import { makeWasmOperations } from "../../training-host/tensor/wasm/wasm-operations";
import { AdamW } from "../../training-host/training/adamw";
import { chosen, count, tellFailures } from "./choices";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { type SizeName, sizeNames, sizes } from "./sizes";
import { median } from "./statistics";
import { readBatches, readWorkload, workloadOptions, writeWorkload } from "./workload";

/** Seconds and floating-point operations, by what computed; of one step. */
type Costs = Map<string, { seconds: number; operations: number }>;

const groups: Readonly<Record<string, RegExp>> = {
  "matrix multiplication: layers": /^multiply layers/,
  "matrix multiplication: head": /^multiply head/,
  attention: /^attention/,
  "softmax and cross-entropy": /^crossEntropy/,
  "RMS norm": /^rmsNorm/,
  "gate, RoPE, bias, residual, embedding":
    /^(swiglu|geglu|rope|add|scale|sumRows|fillZero|gatherRows|scatterAddRows|dropout)/,
  "AdamW and the gradient's norm": /^(adamw|sumOfSquares)/,
};
/** They compile kernels and grow the heap. */
const WARM_UP_STEPS = 2;
const REST = "JavaScript: tape, tensors, allocation";

/** Measures what is called on it. */
class Stopwatch {
  costs: Costs = new Map();

  constructor(private readonly now: () => number) {}

  time<T>(name: string, operations: number, run: () => T): T {
    const begin = this.now();
    const result = run();
    const seconds = this.now() - begin;
    const cost = this.costs.get(name) ?? { seconds: 0, operations: 0 };
    this.costs.set(name, { seconds: cost.seconds + seconds, operations: cost.operations + operations });
    return result;
  }

  async timeStep(run: () => Promise<void>): Promise<{ seconds: number; costs: Costs }> {
    this.costs = new Map();
    const begin = this.now();
    await run();
    return { seconds: this.now() - begin, costs: this.costs };
  }
}

const clocks: Readonly<Record<"wall" | "processor", () => number>> = {
  wall: () => performance.now() / 1000,
  processor: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "a,b,c" },
      backend: { type: "string", default: "wasm-blas,wasm" },
      threads: { type: "string", default: "1" },
      steps: { type: "string", default: "8" },
      clock: { type: "string", default: "wall" },
      write: { type: "boolean", default: false },
    },
  });
  const warning = loadWarning();
  const names = chosen("sizes", values.sizes, sizeNames);
  const threads = count("threads", values.threads);
  const steps = count("steps", values.steps);
  const stopwatch = new Stopwatch(clocks[chosen("clock", values.clock, ["wall", "processor"])[0]!]);
  console.log(`About ${names.length * 30} s on a quiet machine.`);
  const folders: string[] = [];
  for (const name of names)
    folders.push(await writeWorkload(path.join(__ROOT__, ".cache/bench"), name, sizes[name]));
  const parts: string[] = [];
  for (const name of chosen("backend", values.backend, ["wasm-blas", "wasm"])) {
    const backend = await openTimedBackend(name === "wasm-blas", threads, stopwatch);
    const profiles: Profile[] = [];
    for (const folder of folders) profiles.push(await profile(folder, backend, steps, stopwatch));
    const [header, rows] = table(names, profiles);
    console.log(`\n${name}, ${backend.detail}; threads: ${threads}\n${plainTable(header, rows)}`);
    parts.push(`**${name}**, threads: ${threads}\n\n${markdownTable(header, rows)}`);
  }
  const facts = [`${describeMachine()}.`, `Medians of ${steps} steps.`, warning].filter(Boolean).join(" ");
  console.log(`\n${facts}`);
  if (values.write) writeSection("step-profile", [...parts, facts].join("\n\n"));
  // Worker threads would keep the process alive.
  process.exit();
}

/** As wasm-backend.ts opens it, but with a stopwatch between the operations and the kernels. */
async function openTimedBackend(blas: boolean, threads: number, stopwatch: Stopwatch): Promise<Backend> {
  const folder = path.join(__DIST__, "wasm");
  const heap = await Heap.open();
  const variant = chooseVariant(folder);
  const library = blas ? openBlas() : null;
  const kit = await openKit(heap, { folder, variant, blas: library, threads });
  const kernels = timed(kit.kernels, stopwatch);
  heap.backend.sum = kernels.add;
  let place = "layers";
  const multiply: Multiply = (M, N, K, ...rest) =>
    stopwatch.time(`multiply ${place}`, 2 * M * N * K, () => kit.multiply(M, N, K, ...rest));
  const operations = makeWasmOperations({ ...kit, kernels, multiply });
  const headLoss: typeof operations.headLoss = (...args) => {
    place = "head";
    try {
      return operations.headLoss(...args);
    } finally {
      place = "layers";
    }
  };
  return {
    name: blas ? "wasm-blas" : "wasm",
    detail: `${variant} kernels${library ? `; ${library.detail}` : ""}`,
    threads,
    operations: { ...operations, headLoss },
    load: makeLoad(kit),
    memory: () => ({ tensors: 0, heapBytes: heap.bytes }),
  };
}

function timed<T extends object>(kernels: T, stopwatch: Stopwatch): T {
  const wrapped = Object.entries(kernels).map(([name, kernel]) => [
    name,
    typeof kernel === "function"
      ? (...args: unknown[]) =>
          stopwatch.time(name, 0, () => (kernel as (...args: unknown[]) => unknown)(...args))
      : kernel,
  ]);
  return Object.fromEntries(wrapped) as T;
}

interface Profile {
  /** Of a step, all of it. */
  seconds: number;
  groups: Map<string, { seconds: number; operations: number }>;
}

async function profile(
  folder: string,
  backend: Backend,
  steps: number,
  stopwatch: Stopwatch,
): Promise<Profile> {
  const workload = readWorkload(folder);
  const batches = readBatches(folder, workload);
  const model = await loadCheckpoint(folder, backend, workloadOptions(workload));
  const optimizer = new AdamW(model, backend, workload.optimizer);
  const measured: { seconds: number; costs: Costs }[] = [];
  for (let step = 0; step < steps + WARM_UP_STEPS; step++) {
    const { batch, targets } = packExamples(batches[step % batches.length]!);
    const train = async () => {
      await model.accumulate(batch, targets, targets.rows.length);
      await optimizer.step(workload.optimizer.lr, workload.optimizer.clip);
    };
    measured.push(await stopwatch.timeStep(train));
  }
  optimizer.dispose();
  model.dispose();
  return summarise(measured.slice(WARM_UP_STEPS));
}

/** Medians over the steps. */
function summarise(steps: readonly { seconds: number; costs: Costs }[]): Profile {
  const ofStep = steps.map(({ seconds, costs }) => {
    const sums = new Map(
      [...Object.keys(groups), REST].map((group) => [group, { seconds: 0, operations: 0 }]),
    );
    for (const [name, cost] of costs) {
      const group = Object.keys(groups).find((group) => groups[group]!.test(name)) ?? REST;
      const sum = sums.get(group)!;
      sum.seconds += cost.seconds;
      sum.operations += cost.operations;
    }
    const inKernels = [...costs.values()].reduce((total, cost) => total + cost.seconds, 0);
    sums.get(REST)!.seconds += seconds - inKernels;
    return { seconds, sums };
  });
  const medianOf = (read: (step: (typeof ofStep)[number]) => number) => median(ofStep.map(read));
  return {
    seconds: medianOf(({ seconds }) => seconds),
    groups: new Map(
      [...ofStep[0]!.sums].map(([group, { operations }]) => [
        group,
        { seconds: medianOf(({ sums }) => sums.get(group)!.seconds), operations },
      ]),
    ),
  };
}

function table(sizes: readonly SizeName[], profiles: readonly Profile[]): [string[], string[][]] {
  const rows = [...Object.keys(groups), REST].map((group) => [
    group,
    ...profiles.map(({ seconds: all, groups }) => {
      const { seconds, operations } = groups.get(group)!;
      const speed = operations > 0 ? `, ${(operations / seconds / 1e9).toFixed(0)} GFLOP/s` : "";
      return `${milliseconds(seconds)} (${((100 * seconds) / all).toFixed(0)} %${speed})`;
    }),
  ]);
  const total = ["a step", ...profiles.map(({ seconds }) => milliseconds(seconds))];
  return [
    ["where", ...sizes],
    [...rows, total],
  ];
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
}

await tellFailures(main);
