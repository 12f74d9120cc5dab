/**
 * Sequences packed end to end without padding: sequence s is rows starts[s] .. starts[s+1]-1. `starts` is the segment mask:
 * attention reaches no further than a sequence's own rows, and positions begin anew, so that a batch computes what each of its
 * sequences does alone.
 */
export interface PackedBatch {
  /** [N] token ids. */
  ids: Int32Array;
  /** [N] position of each token in its own sequence, from 0. */
  positions: Int32Array;
  /** [S+1] first row of each sequence, and N at the end. */
  starts: Int32Array;
}

/** What is predicted: the hidden state of `rows[i]` predicts token `labels[i]`, which belongs to sequence `sequences[i]`. */
export interface Targets {
  rows: Int32Array;
  labels: Int32Array;
  sequences: Int32Array;
}

export interface Example {
  ids: Int32Array;
  /** learned[i] = 1: token i is learned (predicted from token i-1). Same length as `ids`. */
  learned: Uint8Array;
}

/** Lays the examples end to end, in order. `learned[0]` is never a target: nothing stands before the first token. */
export function packExamples(examples: readonly Example[]): { batch: PackedBatch; targets: Targets } {
  const rowCount = examples.reduce((sum, example) => sum + example.ids.length, 0);
  const targetCount = examples.reduce((sum, example) => sum + countTargets(example), 0);
  const batch: PackedBatch = {
    ids: new Int32Array(rowCount),
    positions: new Int32Array(rowCount),
    starts: new Int32Array(examples.length + 1),
  };
  const targets: Targets = {
    rows: new Int32Array(targetCount),
    labels: new Int32Array(targetCount),
    sequences: new Int32Array(targetCount),
  };
  let row = 0;
  let target = 0;
  examples.forEach((example, sequence) => {
    batch.starts[sequence] = row;
    batch.ids.set(example.ids, row);
    for (let position = 0; position < example.ids.length; position++) {
      batch.positions[row + position] = position;
      if (position === 0 || example.learned[position] !== 1) continue;
      targets.rows[target] = row + position - 1;
      targets.labels[target] = example.ids[position]!;
      targets.sequences[target] = sequence;
      target++;
    }
    row += example.ids.length;
  });
  batch.starts[examples.length] = row;
  return { batch, targets };
}

/** Learned tokens that have a token before them. */
export function countTargets(example: Example): number {
  let count = 0;
  for (let position = 1; position < example.learned.length; position++) count += example.learned[position]!;
  return count;
}
