/** Cuts examples that are only scored, not learned from, into pieces of work. */
import type { Example } from "../data/packed-batch";

/** Enough rows to keep the kernels busy; few enough that a stop request is soon heard. */
const ROWS_PER_PIECE = 1024;

/** Consecutive examples of at most `rows` tokens together; a longer example makes a piece of its own. */
export function cutIntoPieces<T extends Example>(
  examples: readonly T[],
  rows: number = ROWS_PER_PIECE,
): T[][] {
  const pieces: T[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const example of examples) {
    if (used + example.ids.length > rows) {
      pieces.push([]);
      used = 0;
    }
    pieces.at(-1)!.push(example);
    used += example.ids.length;
  }
  return pieces;
}
