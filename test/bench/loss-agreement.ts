/**
 * `npm run bench:agreement`: the losses of 100 training steps on every backend that works here, with one thread and with two,
 * against those of the cpu backend. Exits with 1 when one differs by more than the tolerance.
 */
import * as path from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "../../contracts/backend";
import { chosen, count, tellFailures } from "./choices";
import { Countdown } from "./countdown";
import { describeMachine, markdownTable, plainTable, writeSection } from "./performance-page";
import type { Size } from "./sizes";
import { reasonOf, Worker } from "./worker";
import { writeWorkload } from "./workload";

/** Largest relative difference of a step's loss. */
const TOLERANCE = 1e-5;

/** As large as a minute of plain JavaScript allows. */
const size: Size = {
  model: {
    ...{ architecture: "llama", tiedHead: true, ropeTheta: 10000 },
    ...{ width: 64, layers: 2, heads: 4, kvHeads: 2, hidden: 176, vocab: 512 },
  },
  sequences: 2,
  length: 32,
  lora: null,
  comparedSteps: 100,
};

interface Curve {
  backend: BackendName;
  threads: number;
  detail: string;
  losses: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      backends: { type: "string", default: [...backendNames].reverse().join() },
      threads: { type: "string", default: "1,2" },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const steps = values.quick ? 20 : size.comparedSteps;
  const cache = path.join(__ROOT__, ".cache/bench");
  const folder = await writeWorkload(cache, "agreement", size);
  const others = chosen("backends", values.backends, backendNames).filter((name) => name !== "cpu");
  const threads = values.threads.split(",").map((text) => count("threads", text));
  const cases = others.flatMap((backend) =>
    threads
      .filter((threads) => threads === 1 || hasThreads(backend))
      .map((threads) => ({ backend, threads })),
  );
  const countdown = new Countdown(0.6 * steps + 6 * cases.length);
  countdown.begin("cpu");
  const reference = await train("cpu", 1);
  countdown.finish(0.6 * steps);
  const curves: Curve[] = [];
  const missing: string[] = [];
  for (const { backend, threads } of cases) {
    countdown.begin(`${backend}, threads: ${threads}`);
    try {
      curves.push(await train(backend, threads));
    } catch (error) {
      missing.push(`- ${backend}: ${reasonOf(error as Error)}`);
    }
    countdown.finish(6);
  }
  report(reference, curves, [...new Set(missing)], values.write);

  async function train(backend: BackendName, threads: number): Promise<Curve> {
    const { worker, detail } = await Worker.start(backend, threads, {
      command: process.execPath,
      args: [path.join(cache, "engine-worker.mjs"), folder, backend, `${threads}`],
    });
    try {
      return { backend, threads, detail, losses: (await worker.run(steps)).losses };
    } finally {
      await worker.end();
    }
  }
}

/** The others have their own way, or only one. */
function hasThreads(backend: BackendName): boolean {
  return backend === "wasm" || backend === "wasm-blas" || backend === "tensorflow";
}

function report(
  reference: Curve,
  curves: readonly Curve[],
  missing: readonly string[],
  write: boolean,
): void {
  const header = ["backend", "threads", "largest relative difference", "at step", "last loss", "computed by"];
  const rows = [reference, ...curves].map(({ backend, threads, detail, losses }) => {
    const differences = losses.map((loss, step) => Math.abs(loss / reference.losses[step]! - 1));
    const largest = Math.max(...differences);
    return [
      backend,
      `${threads}`,
      backend === reference.backend ? "" : largest.toExponential(1),
      backend === reference.backend ? "" : `${differences.indexOf(largest) + 1}`,
      losses.at(-1)!.toFixed(5),
      detail,
    ];
  });
  const { losses } = reference;
  const facts =
    `${describeMachine()}; ${losses.length} steps, in which the loss falls from ${losses[0]!.toFixed(3)} to ` +
    `${losses.at(-1)!.toFixed(3)}. Tolerance: ${TOLERANCE}.`;
  const left = missing.length > 0 ? `Not run:\n\n${missing.join("\n")}` : "";
  console.log(`\n${[plainTable(header, rows), facts, left].filter(Boolean).join("\n\n")}`);
  if (write)
    writeSection("loss-agreement", [markdownTable(header, rows), facts, left].filter(Boolean).join("\n\n"));
  // Not so for NaN.
  const agree = curves.every((curve) =>
    curve.losses.every((loss, step) => Math.abs(loss / losses[step]! - 1) <= TOLERANCE),
  );
  if (agree) return;
  console.log("The losses do NOT agree.");
  process.exitCode = 1;
}

await tellFailures(main);
