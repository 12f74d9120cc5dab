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
  const order = Array.from(examples.keys()).sort(
    (a, b) => examples[b]!.ids.length - examples[a]!.ids.length || a - b,
  );
  const pieces: ScoringPiece<T>[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const index of order) {
    const example = examples[index]!;
    if (used + example.ids.length > rows) {
      pieces.push({ examples: [], indices: [] });
      used = 0;
    }
    pieces.at(-1)!.examples.push(example);
    pieces.at(-1)!.indices.push(index);
    used += example.ids.length;
  }
  return pieces;
}
