import type { Estimate } from "./estimate";

/** Share of the values at each end that the winsorised mean pulls in. */
export const WINSORISED_SHARE = 0.05;

/** The plain mean, with error s / sqrt(n). NaN for no values. */
export function plainMean(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { value: mean, error: n < 2 ? null : deviation(values, mean) / Math.sqrt(n) };
}

/**
 * The mean after the k = ceil(5 % of n) smallest values were replaced by the next larger one and the k largest by the next
 * smaller one: one example whose perplexity ratio is 330 once made a reward of 10.7 +- 10.2.
 * Its error is Dixon & Tukey's (1968): s_w / sqrt(n) x (n - 1) / (n - 2k - 1), with s_w the deviation of the replaced values.
 */
export function winsorisedMean(values: readonly number[]): Estimate {
  const n = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  const ends = Math.min(Math.ceil(WINSORISED_SHARE * n), Math.max(0, Math.floor((n - 1) / 2)));
  const least = sorted[ends] ?? Number.NaN;
  const most = sorted[n - 1 - ends] ?? Number.NaN;
  const plain = plainMean(values.map((value) => Math.min(Math.max(value, least), most)));
  const free = n - 2 * ends - 1;
  return {
    value: plain.value,
    error: plain.error === null || free < 1 ? null : (plain.error * (n - 1)) / free,
  };
}

/** Sample standard deviation. */
function deviation(values: readonly number[], mean: number): number {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
