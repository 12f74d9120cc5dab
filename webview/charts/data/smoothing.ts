import type { Point } from "./decimation";

/**
 * Exponential moving average over steps. A value that is `halfLife` steps old weighs half, however often the series was
 * measured, so that datasets drawn rarely are smoothed like the others. Weights add up to 1 from the first point on
 * (no pull towards zero at the start). Missing values stay missing and do not count.
 */
export function smooth(points: readonly Point[], halfLife: number): Point[] {
  let weighted = 0;
  let weight = 0;
  let last: number | null = null;
  return points.map(({ x, y }) => {
    if (y === null) return { x, y };
    const decay: number = last === null ? 0 : 0.5 ** ((x - last) / halfLife);
    weighted = weighted * decay + y;
    weight = weight * decay + 1;
    last = x;
    return { x, y: weighted / weight };
  });
}

/** Half-life for a run of `steps`: 1 % of it, at least 5 steps. */
export function halfLifeFor(steps: number): number {
  return Math.max(5, Math.round(steps / 100));
}
