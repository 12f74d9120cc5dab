/** Sampling probabilities before anything is learned (paper section 2, eq. 3). */
import type { Prior } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import type { MixtureDataset } from "./mixture";

/**
 * Eq. 3: q_i = M_i / sum M; q_tau(i) = q_i^(1/tau) / sum_n q_n^(1/tau).
 * `sizes` [N] are the M_i > 0. tau = 1 is proportional to size, Infinity uniform.
 */
export function temperaturePrior(sizes: readonly number[], temperature: number): Float64Array {
  // Powers of M_i / max M through logarithms: a small temperature would overflow M_i^(1/tau).
  const largest = Math.log(Math.max(...sizes));
  return normalised(sizes.map((size) => Math.exp((Math.log(size) - largest) / temperature)));
}

/**
 * [N] the prior of a plan. A dataset's weight multiplies its size; fixed shares are normalised and take no weights.
 * Throws UserError (`bad-plan`) for sizes that are not positive and for shares that do not fit the datasets.
 */
export function priorProbabilities(prior: Prior, datasets: readonly MixtureDataset[]): Float64Array {
  for (const { name, size, weight } of datasets) {
    if (!(size > 0 && Number.isFinite(size * weight) && weight > 0)) {
      throw new UserError(
        "bad-plan",
        `The dataset "${name}" has ${size} examples and the weight ${weight}: both must be positive.`,
        "Give it training examples, or remove it from the experiment's data.",
      );
    }
  }
  if ("weights" in prior) return fixedShares(prior.weights, datasets);
  const temperature = prior.temperature === "inf" ? Number.POSITIVE_INFINITY : prior.temperature;
  return temperaturePrior(
    datasets.map(({ size, weight }) => size * weight),
    temperature,
  );
}

function fixedShares(
  shares: Readonly<Record<string, number>>,
  datasets: readonly MixtureDataset[],
): Float64Array {
  const names = datasets.map(({ name }) => name);
  const unknown = Object.keys(shares).find((name) => !names.includes(name));
  const missing = names.find((name) => shares[name] === undefined);
  if (unknown !== undefined || missing !== undefined) {
    throw new UserError(
      "bad-plan",
      unknown !== undefined
        ? `The fixed mixture names "${unknown}", which is no dataset of the experiment.`
        : `The fixed mixture has no share for the dataset "${missing}".`,
      "Name every dataset of the experiment once.",
    );
  }
  const values = names.map((name) => shares[name] ?? 0);
  if (!values.every((value) => value >= 0) || !(sum(values) > 0)) {
    throw new UserError(
      "bad-plan",
      "The shares of the fixed mixture must not be negative, and one must be above 0.",
    );
  }
  return normalised(values);
}

function normalised(values: readonly number[]): Float64Array {
  const total = sum(values);
  return Float64Array.from(values, (value) => value / total);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
