/**
 * Moves labels apart so that none overlap: positions (pixels, any order) become positions at least `height` apart inside
 * [top, bottom], in the same order and as near to where they were as a single sweep allows. When they cannot all fit they
 * overlap evenly.
 */
export function spread(positions: readonly number[], height: number, top: number, bottom: number): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]! || a - b);
  const distance = Math.min(height, (bottom - top) / Math.max(1, positions.length - 1));
  const placed = new Array<number>(positions.length).fill(0);
  let least = top;
  for (const index of order) {
    placed[index] = Math.max(least, positions[index]!);
    least = placed[index] + distance;
  }
  let most = bottom;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(most, placed[index]!);
    most = placed[index] - distance;
  }
  return placed;
}
