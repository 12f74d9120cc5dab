/**
 * `npm run bench:scaling`: how the cost of a step and of an update grows with the number of datasets, and how peak memory
 * grows with the length of the sequences, with all activations kept and with layers computed again.
 */
import * as path from "node:path";
import { parseArgs } from "node:util";
import { backendNames } from "../../contracts/backend";
import { chosen, tellFailures } from "./choices";
import { Countdown } from "./countdown";
import { type DatasetScaling, datasetCounts, measureDatasets } from "./dataset-scaling";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { sizes } from "./sizes";
import { Worker } from "./worker";
import { writeWorkload } from "./workload";

const LENGTHS = [256, 512, 1024, 2048, 4096];
const cache = path.join(__ROOT__, ".cache/bench");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      backend: { type: "string", default: "wasm-blas" },
      write: { type: "boolean", default: false },
    },
  });
  const [backend] = chosen("backend", values.backend, backendNames);
  const warning = loadWarning();
  const counts = values.quick ? datasetCounts.slice(0, 3) : datasetCounts;
  const lengths = values.quick ? LENGTHS.slice(0, 4) : LENGTHS;
  const countdown = new Countdown(sum(counts.map(secondsOfDatasets)) + sum(lengths.map(secondsOfLength)));
  const scaling: DatasetScaling[] = [];
  for (const datasets of counts) {
    countdown.begin(`${datasets} datasets`);
    scaling.push(await measureDatasets(datasets, backend!));
    countdown.finish(secondsOfDatasets(datasets));
  }
  const memory: MemoryOfLength[] = [];
  for (const length of lengths) {
    countdown.begin(`sequences of ${length} tokens`);
    memory.push({
      length,
      keep: await measureLength(length, backend!, "keep"),
      recompute: await measureLength(length, backend!, "recompute"),
    });
    countdown.finish(secondsOfLength(length));
  }
  report(scaling, memory, [`${describeMachine()}; ${backend}, 1 thread.`, warning], values.write);
  process.exit();
}

interface MemoryOfLength {
  length: number;
  keep: { peakMebibytes: number; stepSeconds: number };
  recompute: { peakMebibytes: number; stepSeconds: number };
}

/** One sequence of `length` tokens per step, on the model of size b. */
async function measureLength(
  length: number,
  backend: string,
  activations: "keep" | "recompute",
): Promise<MemoryOfLength["keep"]> {
  const folder = await writeWorkload(cache, `length-${length}`, { ...sizes.b, sequences: 1, length });
  const { worker } = await Worker.start(`${length} tokens, ${activations}`, 1, {
    command: process.execPath,
    args: [path.join(cache, "engine-worker.mjs"), folder, backend, "1", activations],
  });
  try {
    await worker.run(1);
    const { seconds, peakMebibytes } = await worker.run(3);
    return { peakMebibytes, stepSeconds: Math.min(...seconds) };
  } finally {
    await worker.end();
  }
}

function secondsOfDatasets(datasets: number): number {
  return 2 + 0.15 * datasets;
}

function secondsOfLength(length: number): number {
  return 4 + length / 100;
}

function report(
  scaling: readonly DatasetScaling[],
  memory: readonly MemoryOfLength[],
  facts: readonly string[],
  write: boolean,
): void {
  const datasetHeader = [
    "datasets",
    "a step, ms",
    "drawing a batch of 64, µs",
    "an update, s",
    "of it per dataset, ms",
  ];
  const datasetRows = scaling.map(({ datasets, step, draw, update }) => [
    `${datasets}`,
    (1000 * step).toFixed(1),
    (1e6 * draw).toFixed(1),
    update.toFixed(2),
    ((1000 * update) / datasets).toFixed(1),
  ]);
  const memoryHeader = [
    "tokens of the sequence",
    "peak memory, MiB",
    "a step, s",
    "recomputing: peak memory, MiB",
    "recomputing: a step, s",
  ];
  const memoryRows = memory.map(({ length, keep, recompute }) => [
    `${length}`,
    keep.peakMebibytes.toFixed(0),
    keep.stepSeconds.toFixed(2),
    recompute.peakMebibytes.toFixed(0),
    recompute.stepSeconds.toFixed(2),
  ]);
  const text = facts.filter(Boolean).join(" ");
  console.log(
    [plainTable(datasetHeader, datasetRows), plainTable(memoryHeader, memoryRows), text]
      .map((part) => `\n${part}`)
      .join("\n"),
  );
  if (!write) return;
  writeSection("dataset-scaling", `${markdownTable(datasetHeader, datasetRows)}\n\n${text}`);
  writeSection("memory-scaling", `${markdownTable(memoryHeader, memoryRows)}\n\n${text}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

await tellFailures(main);
