/** Cuts examples that are only scored, not learned from, into pieces of work. */
import type { Example } from "../data/packed-batch";

/** Enough rows to keep the kernels busy; few enough that a stop request is soon heard. */
const ROWS_PER_PIECE = 1024;

export interface ScoringPiece<T> {
  examples: T[];
  /** Of each example in what was cut. */
  indices: number[];
}

/**
 * Pieces of at most `rows` tokens together, the longest examples first; a longer example makes a piece of its own. Examples of
 * about the same length meet: our own kernels take packed sequences and do not care, but a GPU computes them together, and the
 * pieces are filled better. Where BLAS multiplies, an example's neighbours may change its last digit.
 */
export function cutIntoPieces<T extends Example>(
  examples: readonly T[],
  rows: number = ROWS_PER_PIECE,
): ScoringPiece<T>[] {
  return cutByLength(
    examples.map(({ ids }) => ids.length),
    rows,
  ).map((indices) => ({ examples: indices.map((index) => examples[index]!), indices }));
}

/** The same for examples of which only the lengths are at hand: the indices of each piece. */
export function cutByLength(lengths: ArrayLike<number>, rows: number = ROWS_PER_PIECE): number[][] {
  const order = Array.from({ length: lengths.length }, (_, index) => index).sort(
    (a, b) => lengths[b]! - lengths[a]! || a - b,
  );
  const pieces: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const index of order) {
    if (used + lengths[index]! > rows) {
      pieces.push([]);
      used = 0;
    }
    pieces.at(-1)!.push(index);
    used += lengths[index]!;
  }
  return pieces;
}
