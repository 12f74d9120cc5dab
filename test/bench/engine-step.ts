/**
 * Measures training throughput of the engine: forward, backward and AdamW on ragged sequences, in tokens per second.
 * Run it with `node test/bench/engine-step.mjs [quickstart|a|b|c ...] [--cpu]`.
 */

import { packExamples } from "../../training-host/data/packed-batch";
import type { CausalLm } from "../../training-host/model/causal-lm";
import { createFromScratch } from "../../training-host/model/scratch";
import { Random } from "../../training-host/random";
import { openBackend } from "../../training-host/tensor/backends";
import { AdamW } from "../../training-host/training/adamw";

interface Size {
  width: number;
  layers: number;
  heads: number;
  kvHeads: number;
  hidden: number;
  vocab: number;
  sequences: number;
  /** Shortest and longest sequence. */
  lengths: [number, number];
  /** Share of a sequence's tokens that is learned. */
  learned: number;
}

/** `quickstart` is the base model of examples/quickstart; a, b and c are the sizes of the engine's design study. */
const sizes: Record<string, Size> = {
  quickstart: {
    width: 128,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    hidden: 352,
    vocab: 1024,
    sequences: 16,
    lengths: [24, 56],
    learned: 0.45,
  },
  a: {
    width: 128,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    hidden: 352,
    vocab: 2048,
    sequences: 16,
    lengths: [128, 128],
    learned: 1,
  },
  b: {
    width: 256,
    layers: 6,
    heads: 4,
    kvHeads: 2,
    hidden: 704,
    vocab: 8192,
    sequences: 8,
    lengths: [256, 256],
    learned: 1,
  },
  c: {
    width: 512,
    layers: 8,
    heads: 8,
    kvHeads: 4,
    hidden: 1408,
    vocab: 32000,
    sequences: 4,
    lengths: [256, 256],
    learned: 1,
  },
};

async function measure(name: string, size: Size, choice: "wasm" | "cpu"): Promise<void> {
  const backend = await openBackend(choice);
  const random = new Random(1, "bench");
  const model = createFromScratch(
    { architecture: "llama", tiedHead: true, ropeTheta: 10000, ...size },
    size.vocab,
    backend,
    random,
  );
  const optimizer = new AdamW(model, backend, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
  const { batch, targets } = makeBatch(size, random);
  const step = async () => {
    await model.accumulate(batch, targets, targets.rows.length);
    await optimizer.step(1e-3, 1);
  };
  const train = await fastest(step);
  const forward = await fastest(() => model.score(batch, targets, { losses: true }));
  const tokens = batch.ids.length;
  const rate = (milliseconds: number) => Math.round((1000 * tokens) / milliseconds);
  console.log(
    `${name}: ${parameterCount(model)} parameters, ${tokens} tokens, ${targets.rows.length} targets; ` +
      `train ${train.toFixed(1)} ms (${rate(train)} tokens/s), forward ${forward.toFixed(1)} ms (${rate(forward)} tokens/s); ` +
      `heap ${Math.round(backend.memory().heapBytes / 2 ** 20)} MiB, resident ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB; ${backend.detail}`,
  );
  optimizer.dispose();
  model.dispose();
}

function makeBatch({ sequences, lengths: [shortest, longest], vocab, learned }: Size, random: Random) {
  const examples = Array.from({ length: sequences }, (_, i) => {
    const length = Math.round(shortest + ((longest - shortest) * i) / Math.max(1, sequences - 1));
    return {
      ids: Int32Array.from({ length }, () => random.integer(vocab)),
      learned: Uint8Array.from({ length }, (_, position) => (position >= length * (1 - learned) ? 1 : 0)),
    };
  });
  return packExamples(examples);
}

/** Processor time of the fastest of several repetitions, in milliseconds: other processes only ever make it slower. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + 5000;
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 4 || performance.now() < end; repetition++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

function parameterCount(model: CausalLm): number {
  return [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
}

const names = process.argv.slice(2).filter((argument) => argument in sizes);
for (const name of names.length > 0 ? names : ["quickstart", "a"])
  await measure(name, sizes[name]!, process.argv.includes("--cpu") ? "cpu" : "wasm");
