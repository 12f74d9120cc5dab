import type { LearnedMixtureConfig } from "../../contracts/plan";
import { createMixture } from "../mixture/create-mixture";
import type { MixtureDataset, RewardModel } from "../mixture/mixture";
import type { Random } from "../random";

/**
 * The examples, by dataset, whose initial perplexity a run will need: its updates are rehearsed with a model that measures
 * nothing but remembers what it was asked. What is probed follows from the random stream alone, not from the rewards.
 * `afterUpdate` is awaited after each update: a long run has thousands.
 */
export async function planProbes(
  config: LearnedMixtureConfig,
  datasets: readonly MixtureDataset[],
  random: Random,
  steps: number,
  afterUpdate: () => void | Promise<void>,
): Promise<Map<string, Set<number>>> {
  const probes = new Map(datasets.map(({ name }) => [name, new Set<number>()]));
  const rehearsal = createMixture(withoutInnerSteps(config), datasets, random);
  const model = recordingModel(probes);
  const isComplete = () => datasets.every(({ name, size }) => probes.get(name)!.size === size);
  for (let step = 1; step <= steps; step++) {
    if (!rehearsal.isUpdateDue(step, steps)) continue;
    await rehearsal.update(step, model);
    if (isComplete()) break;
    await afterUpdate();
  }
  return probes;
}

/** The scorer's own optimisation takes most of an update's time and draws no random numbers. */
function withoutInnerSteps(config: LearnedMixtureConfig): LearnedMixtureConfig {
  return config.scorer === null ? config : { ...config, scorer: { ...config.scorer, inner: 1 } };
}

function recordingModel(probes: ReadonlyMap<string, Set<number>>): RewardModel {
  return {
    async measure(_dataset, indices, want) {
      return {
        meanNll: want.perplexity ? new Float64Array(indices.length).fill(1) : null,
        pooled: want.pooled ? indices.map(() => Float32Array.of(1)) : null,
      };
    },
    async initialMeanNll(dataset, indices) {
      for (const index of indices) probes.get(dataset)!.add(index);
      return new Float64Array(indices.length).fill(1);
    },
  };
}
