/** A measured value over steps; `y` is null where the run has no finite number. */
export interface Point {
  x: number;
  y: number | null;
}

/** The lower and the upper edge around a line, point for point. */
export interface Band {
  lower: Point[];
  upper: Point[];
}

/** Most points that a line is drawn with: more than the pixels of a wide panel cannot be told apart. */
export const MAXIMUM_POINTS = 1500;

export interface StepRange {
  from: number;
  to: number;
}

/**
 * Indices of the points to draw, ascending: at most `maximum` (>= 8) of those in `range`, plus one neighbour on each side so that
 * lines run to the border. The smallest and the largest value of every bucket stay, so every extreme stays; so does
 * a gap (null) and the first and the last point. `points` ascend in x.
 */
export function decimate(points: readonly Point[], maximum: number, range?: StepRange): number[] {
  const [begin, end] = range ? indicesInside(points, range) : [0, points.length];
  if (end - begin <= maximum) return ascending(begin, end);
  const keptPerBucket = hasGap(points, begin, end) ? 3 : 2;
  const buckets = Math.floor((maximum - 2) / keptPerBucket);
  const kept = [begin];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = begin + 1 + Math.floor((bucket * (end - begin - 2)) / buckets);
    const to = begin + 1 + Math.floor(((bucket + 1) * (end - begin - 2)) / buckets);
    kept.push(...extremes(points, from, to));
  }
  kept.push(end - 1);
  return kept;
}

/** For values that are drawn stacked: all series keep the same steps, so that the stack stays whole. Indices, ascending. */
export function decimateEvenly(length: number, maximum: number): number[] {
  if (length <= maximum) return ascending(0, length);
  return Array.from({ length: maximum }, (_, i) => Math.round((i * (length - 1)) / (maximum - 1)));
}

function indicesInside(points: readonly Point[], range: StepRange): [number, number] {
  const begin = firstIndex(points, (x) => x >= range.from);
  const end = firstIndex(points, (x) => x > range.to);
  return [Math.max(0, begin - 1), Math.min(points.length, end + 1)];
}

function firstIndex(points: readonly Point[], holds: (x: number) => boolean): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(points[middle]!.x)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The smallest, the largest and the first missing value of [from, to), as distinct ascending indices. */
function extremes(points: readonly Point[], from: number, to: number): number[] {
  let least = -1;
  let most = -1;
  let gap = -1;
  for (let i = from; i < to; i++) {
    const y = points[i]!.y;
    if (y === null) {
      if (gap < 0) gap = i;
      continue;
    }
    if (least < 0 || y < points[least]!.y!) least = i;
    if (most < 0 || y > points[most]!.y!) most = i;
  }
  return [...new Set([least, most, gap])].filter((index) => index >= 0).sort((a, b) => a - b);
}

function hasGap(points: readonly Point[], begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (points[i]!.y === null) return true;
  return false;
}

function ascending(begin: number, end: number): number[] {
  return Array.from({ length: end - begin }, (_, i) => begin + i);
}
