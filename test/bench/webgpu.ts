/**
 * Training on this machine's GPU through WebGPU beside our wasm kernels: first the losses of the same steps, then tokens per
 * second. `npm run bench:webgpu -- [--sizes=a,b,c,lora,tiny] [--steps=100] [--software]`; `--software` takes Chromium's
 * SwiftShader, to see that it computes the same: its speed says nothing.
 */
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../../contracts/user-error";
import { softwareAdapter } from "../../scripts/software-adapter.mjs";
import { chosen, count, tellFailures } from "./choices";
import { type Size, sizeNames, sizes } from "./sizes";
import { median } from "./statistics";
import { type RunAnswer, Worker } from "./worker";
import { writeWorkload } from "./workload";

const CACHE = path.join(__ROOT__, ".cache/bench");
/** Steps in which shaders are compiled and buffers made. */
const WARM_UP = 2;

/** For adapters on which the others would take hours. */
const tiny: Size = {
  model: {
    ...{ architecture: "llama", tiedHead: true, ropeTheta: 10000 },
    ...{ width: 64, layers: 2, heads: 4, kvHeads: 2, hidden: 176, vocab: 512 },
  },
  sequences: 4,
  length: 32,
  lora: null,
  comparedSteps: 100,
};
const measured: Readonly<Record<string, Size>> = { ...sizes, tiny };

await tellFailures(async () => {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "a,b" },
      steps: { type: "string", default: "100" },
      software: { type: "boolean", default: false },
    },
  });
  const steps = count("steps", values.steps);
  const adapter = values.software ? softwareAdapter() : null;
  if (values.software && !adapter)
    throw new UserError("backend-unavailable", "There is no Chromium whose SwiftShader could be used.");
  try {
    for (const name of chosen("sizes", values.sizes, [...sizeNames, "tiny"]))
      await compare(name, measured[name]!, steps, adapter?.environment ?? {});
  } finally {
    adapter?.remove();
  }
});

async function compare(name: string, size: Size, steps: number, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = await writeWorkload(CACHE, name, size);
  const answers = new Map<string, RunAnswer>();
  for (const backend of ["wasm", "webgpu"]) {
    const threads = os.availableParallelism();
    const { worker, detail } = await Worker.start(backend, threads, {
      command: process.execPath,
      args: [path.join(CACHE, "engine-worker.mjs"), folder, backend, `${threads}`],
      env: env as Record<string, string>,
    });
    const answer = await worker.run(steps);
    await worker.end();
    answers.set(backend, answer);
    const seconds = median(answer.seconds.slice(WARM_UP));
    const rate = (size.sequences * size.length) / seconds;
    console.log(
      `${name} ${backend}: ${rate.toFixed(0)} tokens/s (median of ${steps - WARM_UP} steps), first step ${answer.seconds[0]!.toFixed(1)} s, ` +
        `${answer.peakMebibytes.toFixed(0)} MiB resident; loss ${answer.losses[0]!.toFixed(4)} to ${answer.losses.at(-1)!.toFixed(4)}; ${detail}`,
    );
  }
  const [wasm, webgpu] = [answers.get("wasm")!.losses, answers.get("webgpu")!.losses];
  const differences = wasm.map((loss, step) => Math.abs(loss - webgpu[step]!) / loss);
  const at = differences.indexOf(Math.max(...differences));
  const mean = differences.reduce((sum, value) => sum + value, 0) / steps;
  console.log(
    `${name}: over ${steps} steps the losses differ by at most ${differences[at]!.toExponential(1)} of them (step ${at + 1}), ` +
      `in the mean by ${mean.toExponential(1)}`,
  );
}
