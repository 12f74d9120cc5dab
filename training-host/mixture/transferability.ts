/**
 * Transferability (paper eq. 7-8): how much a dataset's examples look like those of all datasets to the current model.
 *
 * Eq. 7: e_j = (1/K) sum_k h_k, the mean over all K tokens of the last hidden state; z_i = (1/L) sum_j e_j.
 * Eq. 8: R_COSSIM(i) = (1/N) sum_{n=1..N} cos(z_i, z_n), which includes n = i (as the authors' code does).
 * The z are never centred: centred cosines turn negative, and skills collapse.
 */
import type { Estimate } from "./estimate";

/** z [H] of e [L][H]: the mean over examples, whatever their lengths (not the mean over all tokens). */
export function meanEmbedding(pooled: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(pooled[0]?.length ?? 0);
  for (const example of pooled) for (let unit = 0; unit < mean.length; unit++) mean[unit]! += example[unit]!;
  return mean.map((total) => total / pooled.length);
}

/** cos(z_i, z_n) [N][N] of z [N][H]; NaN where a vector is 0. */
export function cosineSimilarities(embeddings: readonly Float64Array[]): Float64Array[] {
  const norms = embeddings.map((embedding) => Math.sqrt(dot(embedding, embedding)));
  return embeddings.map((a, i) =>
    Float64Array.from(embeddings, (b, n) => dot(a, b) / (norms[i]! * norms[n]!)),
  );
}

/**
 * R_COSSIM [N] with standard errors, from e [N][L][H]. The paper gives no error. Ours is the delete-one jackknife over the
 * examples of every dataset (Efron & Stein 1981), since R(i) depends on the batches of all of them:
 * error(i)^2 = sum_n (L_n - 1)/L_n sum_j (R(i) without example j of n - their mean)^2. It needs no random numbers and no more
 * forward passes. null where a dataset has one example.
 */
export function transferability(pooled: readonly (readonly Float32Array[])[]): Estimate[] {
  const embeddings = pooled.map(meanEmbedding);
  const cosines = cosineSimilarities(embeddings);
  const variances = new Float64Array(pooled.length);
  pooled.forEach((examples, n) => {
    addJackknifeVariance(variances, examples, n, embeddings, cosines);
  });
  return cosines.map((row, i) => ({
    value: mean(row),
    error: Number.isFinite(variances[i]!) ? Math.sqrt(variances[i]!) : null,
  }));
}

/** Adds to `variances` [N] what dataset `n`'s choice of examples contributes to each R(i); NaN for a single example. */
function addJackknifeVariance(
  variances: Float64Array,
  examples: readonly Float32Array[],
  n: number,
  embeddings: readonly Float64Array[],
  cosines: readonly Float64Array[],
): void {
  const datasets = embeddings.length;
  const left = examples.length - 1;
  const norms = embeddings.map((embedding) => Math.sqrt(dot(embedding, embedding)));
  // [L][N] change of R(i) when example j is left out: only cosines with z_n change.
  const changes = examples.map((example) => {
    const without = embeddings[n]!.map((unit, index) => unit + (unit - example[index]!) / left);
    const norm = Math.sqrt(dot(without, without));
    const change = new Float64Array(datasets);
    for (let i = 0; i < datasets; i++) {
      if (i === n) continue;
      const difference = dot(embeddings[i]!, without) / (norms[i]! * norm) - cosines[i]![n]!;
      change[i]! += difference / datasets;
      change[n]! += difference / datasets;
    }
    return change;
  });
  for (let i = 0; i < datasets; i++) {
    const ofDataset = changes.map((change) => change[i]!);
    const centre = mean(ofDataset);
    const squares = ofDataset.reduce((sum, change) => sum + (change - centre) ** 2, 0);
    variances[i]! += left === 0 ? Number.NaN : (squares * left) / examples.length;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let unit = 0; unit < a.length; unit++) sum += a[unit]! * b[unit]!;
  return sum;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
