/**
 * `node test/bench/run.mjs architectures`: what a training step of Qwen2 and of Gemma costs beside one of Llama of the same shape:
 * the biases, and the tanh gate, shifted norms and scaled embeddings. Step by step in turn, so that all see the same machine.
 */
import { parseArgs } from "node:util";
import { backendNames } from "../../contracts/backend";
import { packExamples } from "../../training-host/data/packed-batch";
import type { CausalLm } from "../../training-host/model/causal-lm";
import { ConfigReader } from "../../training-host/model/checkpoint/config-reader";
import { createWithRandomWeights } from "../../training-host/model/scratch";
import { Random } from "../../training-host/random";
import type { Backend } from "../../training-host/tensor/backend";
import { openBackend } from "../../training-host/tensor/backends";
import { AdamW } from "../../training-host/training/adamw";
import { chosen, count, tellFailures } from "./choices";
import { describeMachine, loadWarning, plainTable } from "./performance-page";
import { type Size, sizes } from "./sizes";
import { median } from "./statistics";

const families = ["llama", "qwen2", "gemma"] as const;
const measuredSizes = ["a", "b", "c"] as const;
/** They compile kernels and grow the heap. */
const WARM_UP_STEPS = 2;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "b" },
      backend: { type: "string", default: "wasm,wasm-blas" },
      threads: { type: "string", default: "1" },
      steps: { type: "string", default: "10" },
    },
  });
  const warning = loadWarning();
  const size = sizes[chosen("size", values.size, measuredSizes)[0]!];
  const steps = count("steps", values.steps);
  const rows: string[][] = [];
  for (const name of chosen("backend", values.backend, backendNames)) {
    const backend = await openBackend(name, count("threads", values.threads));
    const seconds = await measure(backend, size, steps);
    const [llama] = seconds;
    rows.push([
      name,
      ...seconds.map((time) => `${(1000 * time).toFixed(1)} ms (${(time / llama!).toFixed(3)})`),
    ]);
  }
  const header = ["processor time of a step (beside llama's)", ...families];
  console.log(`\n${plainTable(header, rows)}\n`);
  console.log(`Size ${values.size}, threads: ${values.threads}, medians of ${steps} steps.`);
  console.log(`${describeMachine()}. ${warning}`);
  // Worker threads would keep the process alive.
  process.exit();
}

/** Median seconds of processor time of a step, by family: other work on the machine counts less than in wall time. */
async function measure(backend: Backend, size: Size, steps: number): Promise<number[]> {
  const trainers = families.map((family) => new Trainer(configOf(family, size), backend, size));
  const seconds = trainers.map((): number[] => []);
  for (let step = 0; step < WARM_UP_STEPS + steps; step++)
    for (const [index, trainer] of trainers.entries()) {
      const begin = process.cpuUsage();
      await trainer.step();
      const { user, system } = process.cpuUsage(begin);
      if (step >= WARM_UP_STEPS) seconds[index]!.push((user + system) / 1e6);
    }
  for (const trainer of trainers) trainer.dispose();
  return seconds.map(median);
}

class Trainer {
  private readonly model: CausalLm;
  private readonly optimizer: AdamW;
  private readonly random = new Random(1, "bench/architectures");

  constructor(
    config: ConfigReader,
    backend: Backend,
    private readonly size: Size,
  ) {
    this.model = createWithRandomWeights(config, backend, new Random(1, "bench/model"));
    this.optimizer = new AdamW(this.model, backend, {
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0.01,
    });
  }

  async step(): Promise<void> {
    const { sequences, length, model } = this.size;
    const { batch, targets } = packExamples(
      Array.from({ length: sequences }, () => ({
        ids: Int32Array.from({ length }, () => this.random.integer(model.vocab)),
        learned: new Uint8Array(length).fill(1),
      })),
    );
    await this.model.accumulate(batch, targets, targets.rows.length);
    await this.optimizer.step(1e-3, 1);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }
}

/** The same shape for all: only what the families compute differs. */
function configOf(family: (typeof families)[number], { model }: Size): ConfigReader {
  const config = {
    model_type: family,
    vocab_size: model.vocab,
    hidden_size: model.width,
    intermediate_size: model.hidden,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.kvHeads,
    head_dim: model.width / model.heads,
    tie_word_embeddings: model.tiedHead,
  };
  return new ConfigReader(config, family);
}

await tellFailures(main);
