/** Sequences of about the same length, to be computed together. */

export interface SequenceGroup {
  /** Indices of the sequences, which are never empty ones. */
  sequences: number[];
  lengths: number[];
  /** The longest of `lengths`. */
  longest: number;
}

/** A sequence is filled up by at most a third of its length, or by a few rows. */
const SHORTEST_SHARE = 0.75;
const FEW_ROWS = 8;

/**
 * Divides the sequences of `starts` (one entry each, and the number of rows at the end), the longest first and otherwise in
 * their order. `squares` bounds the sum over a group of longest^2, unless one sequence alone exceeds it.
 */
export function groupSequences(starts: Int32Array, squares: number): SequenceGroup[] {
  const lengthOf = (sequence: number) => starts[sequence + 1]! - starts[sequence]!;
  const order = Array.from({ length: starts.length - 1 }, (_, sequence) => sequence)
    .filter((sequence) => lengthOf(sequence) > 0)
    .sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const groups: SequenceGroup[] = [];
  for (const sequence of order) {
    const length = lengthOf(sequence);
    let group = groups.at(-1);
    if (!group || !belongs(length, group, squares)) {
      group = { sequences: [], lengths: [], longest: length };
      groups.push(group);
    }
    group.sequences.push(sequence);
    group.lengths.push(length);
  }
  return groups;
}

function belongs(length: number, { sequences, longest }: SequenceGroup, squares: number): boolean {
  const alike = length >= SHORTEST_SHARE * longest || longest - length <= FEW_ROWS;
  return alike && (sequences.length + 1) * longest ** 2 <= squares;
}
