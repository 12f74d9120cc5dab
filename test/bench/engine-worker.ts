/**
 * Our side of a comparison: trains the model of a workload folder through the same code as a run does.
 * Usage: engine-worker FOLDER BACKEND THREADS [keep|recompute]. Answers one JSON line to each JSON line on its standard input (worker.ts).
 */
import * as readline from "node:readline";
import { packExamples } from "../../training-host/data/packed-batch";
import { loadCheckpoint } from "../../training-host/model/checkpoint/load";
import { AdamW } from "../../training-host/training/adamw";
import { type MeasuredBackend, openMeasuredBackend } from "./measured-backend";
import type { RunAnswer, RunRequest } from "./worker";
import { readBatches, readWorkload, workloadOptions } from "./workload";

const [folder, backendName, threads, activations] = process.argv.slice(2) as [
  string,
  MeasuredBackend,
  string,
  ("keep" | "recompute")?,
];
const importMebibytes = residentMebibytes();
const workload = readWorkload(folder);
const batches = readBatches(folder, workload);
const backend = await openMeasuredBackend(backendName, Number(threads));
const model = await loadCheckpoint(folder, backend, workloadOptions(workload, activations));
const optimizer = new AdamW(model, backend, workload.optimizer);
let steps = 0;

answer({ detail: backend.detail });
for await (const line of readline.createInterface({ input: process.stdin }))
  answer(await run(JSON.parse(line) as RunRequest));

async function run(request: RunRequest): Promise<RunAnswer> {
  const losses: number[] = [];
  const seconds: number[] = [];
  const processorSeconds: number[] = [];
  for (let step = 0; step < request.steps; step++) {
    const [begin, used] = [performance.now(), process.cpuUsage()];
    losses.push(await trainOneStep());
    seconds.push((performance.now() - begin) / 1000);
    const { user, system } = process.cpuUsage(used);
    processorSeconds.push((user + system) / 1e6);
  }
  const peakMebibytes = process.resourceUsage().maxRSS / 1024;
  return { losses, seconds, processorSeconds, peakMebibytes, importMebibytes };
}

/** Returns the mean loss of the step's batch. */
async function trainOneStep(): Promise<number> {
  const { batch, targets } = packExamples(batches[steps++ % batches.length]!);
  const losses = await model.accumulate(batch, targets, targets.rows.length);
  const { lr, clip } = workload.optimizer;
  await optimizer.step(lr, clip);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function residentMebibytes(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
