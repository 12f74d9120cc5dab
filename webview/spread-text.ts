import { type Interval, type Spread, spreadOf } from "../run-view/seed-groups";

/** Mean and standard deviation of the values that are known; null when none is. */
export function spreadOfKnown(values: readonly (number | null | undefined)[]): Spread | null {
  return spreadOf(
    values.filter((value): value is number => typeof value === "number" && Number.isFinite(value)),
  );
}

/** `0.251 ± 0.009`, or the value alone. */
export function spreadText(spread: Spread | null, format: (value: number | null) => string): string {
  if (spread === null || spread.deviation === null) return format(spread?.mean ?? null);
  return `${format(spread.mean)} ± ${format(spread.deviation)}`;
}

/** `−0.015 (−0.025 to −0.004)`, or the value alone. */
export function intervalText(interval: Interval | null, format: (value: number | null) => string): string {
  if (interval === null || interval.low === null) return format(interval?.mean ?? null);
  return `${format(interval.mean)} (${format(interval.low)} to ${format(interval.high)})`;
}
