export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `0.97 (0.94 to 1.01)`: the median and the range. */
export function describeSpread(values: readonly number[], digits = 2): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const text = median(values).toFixed(digits);
  return values.length === 1 ? text : `${text} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
