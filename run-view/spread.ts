/** What several seeds say of one number: its mean and how far it is from certain. */

export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; null for a single value. */
  readonly deviation: number | null;
  readonly count: number;
}

/** A mean with its 95 % confidence interval (Student's t); the ends are null where there is none, as for a single value. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number;
}

/** null for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count < 2 ? null : Math.sqrt(squares / (count - 1)), count };
}

/** Of the values that are known and finite; null when none is. */
export function spreadOfKnown(values: readonly (number | null | undefined)[]): Spread | null {
  return spreadOf(
    values.filter((value): value is number => typeof value === "number" && Number.isFinite(value)),
  );
}

/** null for no values. */
export function intervalOf(values: readonly number[]): Interval | null {
  const spread = spreadOf(values);
  if (spread === null) return null;
  const { mean, deviation, count } = spread;
  if (deviation === null) return { mean, low: null, high: null, count };
  const half = (studentQuantile(count - 1) * deviation) / Math.sqrt(count);
  return { mean, low: mean - half, high: mean + half, count };
}

/** 97.5 % quantiles of Student's t for 1, 2, ... 10 degrees of freedom. */
const quantiles = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];

/** Beyond the table by the expansion in 1/degrees around the normal quantile (Abramowitz & Stegun 26.7.5), exact to 2e-4. */
function studentQuantile(degrees: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / (4 * degrees);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3);
  return quantiles[degrees - 1] ?? z + first + second + third;
}
