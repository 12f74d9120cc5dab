/** A small multiplication whose result is known: finds libraries whose integers are wider than thought, and broken ones. */
import type { Blas } from "./blas";

const M = 3;
const N = 5;
const K = 4;
/** Floats from row to row, more than there are columns. */
const LEADING = 8;

/** Small integers are multiplied, so that every correct result is exact. */
export function multipliesCorrectly(blas: Pick<Blas, "addressOf" | "sgemm">): boolean {
  return [0, 1].every((accumulate) =>
    [false, true].every((transposedA) =>
      [false, true].every((transposedB) => isExact(blas, transposedA, transposedB, accumulate)),
    ),
  );
}

function isExact(
  { addressOf, sgemm }: Pick<Blas, "addressOf" | "sgemm">,
  transposedA: boolean,
  transposedB: boolean,
  accumulate: number,
): boolean {
  const length = LEADING * LEADING;
  const memory = new Float32Array(3 * length).map((_, i) => (i % 7) - 3);
  const [A, B, C] = [0, 1, 2].map((i) => memory.subarray(i * length, (i + 1) * length));
  const at = (matrix: Float32Array, row: number, column: number, transposed: boolean) =>
    matrix[transposed ? column * LEADING + row : row * LEADING + column]!;
  const expected = Float32Array.from(C!);
  for (let i = 0; i < M; i++)
    for (let j = 0; j < N; j++) {
      let sum = accumulate * C![i * LEADING + j]!;
      for (let k = 0; k < K; k++) sum += at(A!, i, k, transposedA) * at(B!, k, j, transposedB);
      expected[i * LEADING + j] = sum;
    }
  const base = addressOf(memory.buffer);
  sgemm(
    ...([transposedA, transposedB] as const),
    ...([M, N, K] as const),
    ...([base, LEADING] as const),
    ...([base + 4 * length, LEADING] as const),
    accumulate,
    ...([base + 8 * length, LEADING] as const),
  );
  return C!.every((value, i) => value === expected[i]);
}
