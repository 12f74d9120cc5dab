import type { Random } from "../random";

/** Indices of `count` examples out of `size`, drawn uniformly with replacement: rewards are estimated on them. */
export function drawProbe(size: number, count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.integer(size));
}
