import type { Random } from "../random";

/** `count` different examples of 0 .. size - 1, all of them when there are fewer, in O(count) (Floyd's algorithm). */
export function drawProbe(random: Random, size: number, count: number): number[] {
  const drawn = new Set<number>();
  for (let last = Math.max(0, size - count); last < size; last++) {
    const index = random.integer(last + 1);
    drawn.add(drawn.has(index) ? last : index);
  }
  return [...drawn].sort((a, b) => a - b);
}
