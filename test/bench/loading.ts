/**
 * `npm run bench:loading`: how long it takes to load a checkpoint of 1 GB, beside reading the file, and how much memory,
 * beside the tensors that are kept. Every measurement is made by a process of its own.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "../../contracts/backend";
import { loadCheckpoint } from "../../training-host/model/checkpoint/load";
import { LowRankAdapters } from "../../training-host/model/low-rank-adapters";
import { Random } from "../../training-host/random";
import { openBackend } from "../../training-host/tensor/backends";
import type { FloatType } from "../../training-host/tensor/float-types";
import { chosen, tellFailures } from "./choices";
import { type CheckpointShape, writeLargeCheckpoint } from "./large-checkpoint";
import { describeMachine, loadWarning, markdownTable, plainTable, writeSection } from "./performance-page";
import { median } from "./statistics";

interface Subject {
  title: string;
  shape: CheckpointShape;
  dtype: FloatType;
  /** How it is loaded: to be trained whole, or frozen beside adapters, which keeps bfloat16 as it is. */
  ways: readonly Way[];
}

type Way = "to be trained" | "frozen";

const layered = { width: 1024, hidden: 2816, heads: 16, keyValueHeads: 16, vocab: 32000 };

/** About 1 GB each. */
const subjects: readonly Subject[] = [
  { title: "F32", shape: { ...layered, layers: 17, tied: true }, dtype: "F32", ways: ["to be trained"] },
  {
    ...{ title: "F32, one tensor of 0.95 GB", dtype: "F32", ways: ["to be trained"] },
    shape: { ...layered, vocab: 232_000, layers: 1, tied: true },
  },
  {
    ...{ title: "BF16", dtype: "BF16", ways: ["to be trained", "frozen"] },
    shape: { ...layered, layers: 36, tied: true },
  },
];

type Task = "load" | "into-memory" | "through";

interface Measurement {
  seconds: number;
  /** Most memory that the process had. */
  peakBytes: number;
  /** Of the tensors that are kept. */
  keptBytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      backend: { type: "string", default: "wasm" },
      threads: { type: "string", default: "2" },
      write: { type: "boolean", default: false },
      /** What a process of its own measures. */
      task: { type: "string" },
      folder: { type: "string" },
      frozen: { type: "boolean", default: false },
    },
  });
  const [backend] = chosen("backend", values.backend, backendNames);
  const threads = Number(values.threads);
  if (values.task !== undefined) {
    const measured = await measure(values.task as Task, values.folder!, backend!, threads, values.frozen);
    console.log(JSON.stringify(measured));
    process.exit();
  }
  const warning = loadWarning();
  const lines: string[][] = [];
  for (const subject of subjects)
    lines.push(...(await compare(subject, Number(values.rounds), backend!, threads)));
  report(lines, [`${describeMachine()}; ${backend}, ${threads} threads.`, warning], values.write);
}

/** Lines of the table. */
async function compare(
  { title, shape, dtype, ways }: Subject,
  rounds: number,
  backend: BackendName,
  threads: number,
): Promise<string[][]> {
  const folder = fs.mkdtempSync(path.join(__ROOT__, ".cache/bench/loading-"));
  try {
    console.log(`${title}: writing the checkpoint ...`);
    await writeLargeCheckpoint(folder, shape, dtype);
    const size = fs.statSync(path.join(folder, "model.safetensors")).size;
    return ways.map((way) => {
      const found = alternate(rounds, (task) => inProcess(task, folder, backend, threads, way === "frozen"));
      return line(`${title}, ${way}`, size, found);
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const tasks = ["through", "into-memory", "load"] as const;

/** A B C A B C: whatever else the machine does meets all three alike. */
function alternate(rounds: number, run: (task: Task) => Measurement): Record<Task, Measurement[]> {
  const found: Record<Task, Measurement[]> = { through: [], "into-memory": [], load: [] };
  // The first round only brings the file into the system's cache.
  for (let round = 0; round <= rounds; round++) {
    for (const task of tasks) {
      const measured = run(task);
      if (round > 0) found[task].push(measured);
    }
  }
  return found;
}

function line(title: string, size: number, found: Record<Task, Measurement[]>): string[] {
  const seconds = (task: Task) => median(found[task].map((one) => one.seconds));
  const { keptBytes } = found.load[0]!;
  const peak = Math.max(...found.load.map(({ peakBytes }) => peakBytes));
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(2);
  return [
    ...[title, gigabytes(size)],
    ...tasks.map((task) => seconds(task).toFixed(2)),
    (seconds("load") / seconds("into-memory")).toFixed(2),
    ...[gigabytes(keptBytes), gigabytes(peak), (peak / keptBytes).toFixed(2)],
  ];
}

function inProcess(
  task: Task,
  folder: string,
  backend: BackendName,
  threads: number,
  frozen: boolean,
): Measurement {
  const options = ["--task", task, "--folder", folder, "--backend", backend, "--threads", String(threads)];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [process.argv[1]!, ...options, ...(frozen ? ["--frozen"] : [])],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`measuring failed: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Measurement;
}

async function measure(
  task: Task,
  folder: string,
  backendName: BackendName,
  threads: number,
  frozen: boolean,
): Promise<Measurement> {
  const file = path.join(folder, "model.safetensors");
  let begin = performance.now();
  let keptBytes = 0;
  if (task === "load") {
    const backend = await openBackend(backendName, threads);
    begin = performance.now();
    const model = await loadCheckpoint(folder, backend, (decoder) => ({
      adapters: frozen
        ? new LowRankAdapters(decoder, { rank: 1, alpha: 1, dropout: 0, targets: ["q_proj"] }, new Random(1))
        : null,
    }));
    for (const { size } of model.parameters.values()) keptBytes += 4 * size;
  } else keptBytes = readFile(file, task === "into-memory");
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, peakBytes: process.resourceUsage().maxRSS * 1024, keptBytes };
}

/** In pieces of 1 MiB: into a buffer of the file's size, or all of them into the same small one. */
function readFile(path: string, keep: boolean): number {
  const { size } = fs.statSync(path);
  const piece = 2 ** 20;
  const buffer = Buffer.allocUnsafeSlow(keep ? size : piece);
  const file = fs.openSync(path, "r");
  for (let at = 0; at < size; )
    at += fs.readSync(file, buffer, keep ? at : 0, Math.min(piece, size - at), at);
  fs.closeSync(file);
  return buffer.length;
}

function report(lines: string[][], remarks: string[], write: boolean): void {
  const header = [
    "checkpoint",
    "file, GB",
    "read through, s",
    "read into memory, s",
    "load, s",
    "load / read into memory",
    "tensors, GB",
    "peak, GB",
    "peak / tensors",
  ];
  const told = remarks.filter(Boolean).join(" ");
  console.log(`\n${plainTable(header, lines)}\n${told}`);
  if (write) writeSection("loading", `${told}\n\n${markdownTable(header, lines)}`);
}

tellFailures(main);
