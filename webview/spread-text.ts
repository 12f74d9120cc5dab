import type { Interval, Spread } from "../run-view/spread";

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
