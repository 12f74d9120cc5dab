/** Mean and sample standard deviation of the values that are known. */
export interface MeanAndDeviation {
  mean: number;
  /** null for a single value. */
  deviation: number | null;
  count: number;
}

/** null when no value is known. */
export function meanAndDeviation(values: readonly (number | null | undefined)[]): MeanAndDeviation | null {
  const known = values.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { mean, deviation: null, count: 1 };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (known.length - 1)), count: known.length };
}

/** `0.251 ± 0.009`, or the mean alone. */
export function meanText(of: MeanAndDeviation | null, format: (value: number | null) => string): string {
  if (of === null || of.deviation === null) return format(of?.mean ?? null);
  return `${format(of.mean)} ± ${format(of.deviation).replace(/^\+/, "")}`;
}
