import type * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import type { Operations } from "../operations";
import type { Kit } from "./kit";

export function makeAttention({ heap, kernels }: Kit): Operations["attention"] {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);

  /** Copies `starts` to the workspace, behind each thread's room for the scores of the longest sequence. */
  const prepare = (starts: Int32Array) => {
    const bytesPerThread = kernels.attentionWorkspaceBytes(longestSequence(starts));
    const scores = bytesPerThread * kernels.threads;
    const workspace = heap.workspace(scores + starts.byteLength);
    heap.writeIntegers(starts, workspace + scores);
    return { workspace, bytesPerThread, starts: workspace + scores };
  };

  return (q, k, v, starts, { query, keyValue, size }) => {
    const N = q.shape[0];
    const sequences = starts.length - 1;
    return differentiable<tf.Tensor2D>(
      [q, k, v],
      () => {
        const out = heap.allocate<tf.Tensor2D>(q.shape);
        const maxima = heap.allocate([N, query]);
        const inverseSums = heap.allocate([N, query]);
        const { workspace, bytesPerThread, starts: firstRows } = prepare(starts);
        kernels.attentionForward(
          ...[at(q), at(k), at(v), at(out), at(maxima), at(inverseSums)],
          ...[firstRows, sequences, query, keyValue, size, workspace, bytesPerThread],
        );
        return { value: out, saved: [out, q, k, v, maxima, inverseSums] };
      },
      (dOut, [out, q, k, v, maxima, inverseSums]) => {
        const dq = heap.allocate(q!.shape);
        const dk = heap.allocate(k!.shape);
        const dv = heap.allocate(v!.shape);
        const { workspace, bytesPerThread, starts: firstRows } = prepare(starts);
        kernels.attentionBackward(
          ...[at(dOut), at(out!), at(q!), at(k!), at(v!), at(maxima!), at(inverseSums!)],
          ...[at(dq), at(dk), at(dv)],
          ...[firstRows, sequences, query, keyValue, size, workspace, bytesPerThread],
        );
        return [dq, dk, dv];
      },
    );
  };
}

function longestSequence(starts: Int32Array): number {
  let longest = 0;
  for (let i = 1; i < starts.length; i++) longest = Math.max(longest, starts[i]! - starts[i - 1]!);
  return longest;
}
