/**
 * From the measured rewards to the one the scorer sees. The paper uses ONE reward per run; with one, its values are used as
 * they are. Two together are OUR extension: each is first scaled to mean 1 over the datasets, then they are averaged by weight.
 */
import type { Estimate } from "./estimate";

/**
 * The least reward. Eq. 6 has no interior fixed point for a reward that is not positive (that dataset's probability goes to 0),
 * and a cosine can be negative.
 */
export const REWARD_FLOOR = 1e-3;

export interface MeasuredReward {
  readonly name: string;
  readonly weight: number;
  /** [N] */
  readonly estimates: readonly Estimate[];
}

export interface CombinedReward {
  /** [N], every entry > 0. */
  readonly values: Float64Array;
  /** [N] standard errors of `values` (the rewards' errors taken as independent, their scales as known). */
  readonly errors: readonly (number | null)[];
  /** Indices of datasets that had a reward below REWARD_FLOOR. */
  readonly clamped: readonly number[];
}

/** `rewards` are finite and at least one. */
export function combineRewards(rewards: readonly MeasuredReward[]): CombinedReward {
  const datasets = rewards[0]?.estimates.length ?? 0;
  const clamped = new Set<number>();
  const values = new Float64Array(datasets);
  const variances: (number | null)[] = new Array(datasets).fill(0);
  const weights = rewards.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, estimates } of rewards) {
    const positive = estimates.map(({ value }) => Math.max(value, REWARD_FLOOR));
    const mean = positive.reduce((sum, value) => sum + value, 0) / datasets;
    const scale = rewards.length === 1 ? 1 : weight / weights / mean;
    estimates.forEach(({ value, error }, index) => {
      if (value < REWARD_FLOOR) clamped.add(index);
      values[index]! += scale * positive[index]!;
      const variance = variances[index] ?? null;
      variances[index] = variance === null || error === null ? null : variance + (scale * error) ** 2;
    });
  }
  return {
    values,
    errors: variances.map((variance) => (variance === null ? null : Math.sqrt(variance))),
    clamped: [...clamped].sort((a, b) => a - b),
  };
}
