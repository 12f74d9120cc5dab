const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/**
 * Values as a row of bars, oldest first, at most `width` columns; neighbours are averaged when there are more.
 * `range` is what the lowest and the highest bar stand for; without it, the values' own.
 */
export function sparkline(
  values: readonly number[],
  width: number,
  range?: readonly [number, number],
): string {
  if (values.length === 0 || width <= 0) return "";
  const columns = average(values, Math.min(width, values.length));
  const [low, high] = range ?? [Math.min(...columns), Math.max(...columns)];
  return columns.map((value) => level(value, low, high)).join("");
}

function level(value: number, low: number, high: number): string {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, Math.floor(share * LEVELS.length)))]!;
}

function average(values: readonly number[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const end = Math.floor(((column + 1) * values.length) / columns);
    const part = values.slice(from, end);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
