/** How the cost of a step, of drawing a batch and of an update grows with the number of datasets. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { BackendName } from "../../contracts/backend";
import type { Plan } from "../../contracts/plan";
import type { ExampleStore } from "../../training-host/data/example-store";
import { Sampler } from "../../training-host/mixture/sampler";
import { createFromScratch } from "../../training-host/model/scratch";
import { Random } from "../../training-host/random";
import { openBackend } from "../../training-host/tensor/backends";
import { LanguageRewardModel } from "../../training-host/training/language-reward-model";
import { prepareInitialPerplexities, rewardExamples } from "../../training-host/training/prepare";
import { Progress } from "../../training-host/training/progress";
import { StopRequest } from "../../training-host/training/stop-request";
import { Trainer } from "../../training-host/training/trainer";
import { tinyDataset, tinyPlan } from "../host/tiny-experiment";
import { examplesInMemory } from "../unit/training-host/examples-in-memory";
import { median } from "./statistics";

export const datasetCounts = [4, 16, 64, 256] as const;

export interface DatasetScaling {
  datasets: number;
  /** Medians, in seconds. */
  step: number;
  draw: number;
  update: number;
  /** Of all that is probed in an update, before the first step. */
  initialPerplexities: number;
}

const BATCH = 64;
const PROBE = 64;
const UPDATE = 10;
const UPDATES = 3;
const EXAMPLES = 256;
/** Tokens of an example: the shortest and the longest. */
const LENGTHS = [12, 36] as const;

/** Every dataset is alike, and so is everything but their number. */
export async function measureDatasets(datasets: number, backendName: BackendName): Promise<DatasetScaling> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-bench-"));
  try {
    const plan = planOf(datasets, folder);
    const { config } = plan;
    const backend = await openBackend(backendName, 1);
    const { scratch } = config.model;
    const model = createFromScratch(scratch!, scratch!.vocab, backend, new Random(1, "bench"));
    const data = config.data.map(({ name }) => makeDataset(name, scratch!.vocab));
    const steps = (UPDATES + 1) * UPDATE;
    const context = { plan, runFolder: folder, progress: new Progress(() => 0), stop: new StopRequest() };
    const [initialPerplexities, caches] = await timed(() =>
      prepareInitialPerplexities(context, model, data, steps),
    );
    const trainer = new Trainer(config, model, backend, data, steps);
    const rewards = new LanguageRewardModel(model, rewardExamples(plan, data), caches);
    const stepSeconds: number[] = [];
    const updateSeconds: number[] = [];
    while (updateSeconds.length < UPDATES) {
      const [seconds] = await timed(() => trainer.train());
      stepSeconds.push(seconds);
      if (!trainer.mixture.isUpdateDue(trainer.step, steps)) continue;
      const update = async () => {
        await trainer.mixture.update(trainer.step, rewards);
        trainer.followMixture();
      };
      updateSeconds.push((await timed(update))[0]);
    }
    const draw = timeDraw(trainer.mixture.probabilities());
    trainer.optimizer.dispose();
    model.dispose();
    return { datasets, step: median(stepSeconds), draw, update: median(updateSeconds), initialPerplexities };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function planOf(datasets: number, folder: string): Plan {
  const names = Array.from({ length: datasets }, (_, index) => `dataset-${index}`);
  return tinyPlan(folder, {
    config: { data: names.map(tinyDataset) },
    mixture: {
      prior: { temperature: "inf" },
      scorer: { kind: "mlp", hidden: 64, inner: 200, lr: 1e-4, travel: 0.1 },
      update: UPDATE,
      probe: PROBE,
      reward: {
        difficulty: { weight: 1, tokens: "response", outliers: "winsorise" },
        transferability: { weight: 1 },
      },
      floor: 0,
    },
    train: { batch: { size: BATCH, micro: BATCH, order: "drawn" } },
  });
}

function makeDataset(name: string, vocab: number): ExampleStore {
  const random = new Random(1, name);
  const [shortest, longest] = LENGTHS;
  const examples = Array.from({ length: EXAMPLES }, () => {
    const length = shortest + random.integer(longest - shortest + 1);
    const ids = Int32Array.from({ length }, () => random.integer(vocab));
    return { ids, learned: Uint8Array.from(ids, (_, position) => (position >= length / 2 ? 1 : 0)) };
  });
  return examplesInMemory(name, examples);
}

/** Seconds to draw the datasets of one batch: the least of many, because microseconds are easily disturbed. */
function timeDraw(probabilities: ReadonlyMap<string, number>): number {
  const sampler = new Sampler("example", new Random(1, "bench"));
  sampler.setProbabilities(probabilities);
  let least = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 2000; repetition++) {
    const begin = performance.now();
    sampler.draw(BATCH);
    least = Math.min(least, performance.now() - begin);
  }
  return least / 1000;
}

async function timed<T>(run: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const begin = performance.now();
  const result = await run();
  return [(performance.now() - begin) / 1000, result];
}
