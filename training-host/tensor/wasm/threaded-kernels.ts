/** The kernels as operations call them: on whole tensors, by all threads of a pool. */
import type { Heap } from "./heap";
import type { DivisionArgs, DivisionName } from "./kernel-divisions";
import type { KernelInstance } from "./kernels";
import type { Multiply } from "./multiply";
import type { ThreadPool } from "./thread-pool";

type Shared<Name extends DivisionName> = (...args: DivisionArgs<Name>) => void;

/** Addresses are bytes on the heap, counts and strides are floats. */
export interface Kernels {
  add: Shared<"add">;
  scale: Shared<"scale">;
  addBias: Shared<"addBias">;
  sumRows: Shared<"sumRows">;
  dropout: Shared<"dropout">;
  fillZero: Shared<"fillZero">;
  sumOfSquares(values: number, count: number): number;
  gatherRows: Shared<"gatherRows">;
  scatterAddRows: Shared<"scatterAddRows">;
  rmsNormForward: Shared<"rmsNormForward">;
  rmsNormBackwardInput: Shared<"rmsNormBackwardInput">;
  rmsNormBackwardWeight: Shared<"rmsNormBackwardWeight">;
  rope: Shared<"rope">;
  swigluForward: Shared<"swigluForward">;
  swigluBackward: Shared<"swigluBackward">;
  gegluForward: Shared<"gegluForward">;
  gegluBackward: Shared<"gegluBackward">;
  /** Bytes of workspace that one thread needs for sequences of at most `longest` rows. */
  attentionWorkspaceBytes(longest: number): number;
  threads: number;
  attentionForward: Shared<"attentionForward">;
  attentionBackward: Shared<"attentionBackward">;
  /** Bytes of workspace that one thread needs for sequences of at most `longest` rows so far. */
  attentionWithPastWorkspaceBytes(longest: number): number;
  attentionWithPast: Shared<"attentionWithPast">;
  fewRowsTimesTransposed: Shared<"fewRowsTimesTransposed">;
  crossEntropyForward: Shared<"crossEntropyForward">;
  crossEntropyBackward: Shared<"crossEntropyBackward">;
  adamw: Shared<"adamw">;
  widenBfloat16: Shared<"widenBfloat16">;
  /** By one thread, from the front on. */
  widenBfloat16InPlace: KernelInstance["widenBfloat16"];
  widenFloat16: KernelInstance["widenFloat16"];
  firstNotFinite: KernelInstance["firstNotFinite"];
  firstNotFiniteHalf: KernelInstance["firstNotFiniteHalf"];
}

export function makeThreadedKernels(pool: ThreadPool, heap: Heap, main: KernelInstance): Kernels {
  const shared =
    <Name extends DivisionName>(name: Name): Shared<Name> =>
    (...args) =>
      pool.run(name, ...args);
  return {
    add: shared("add"),
    scale: shared("scale"),
    addBias: shared("addBias"),
    sumRows: shared("sumRows"),
    dropout: shared("dropout"),
    fillZero: shared("fillZero"),
    sumOfSquares: (values, count) => {
      const runs = Math.ceil(count / main.squaresRunLength());
      const sums = heap.workspace(8 * runs);
      pool.run("sumsOfSquares", values, count, sums);
      return new Float64Array(heap.memory.buffer, sums, runs).reduce((total, sum) => total + sum, 0);
    },
    gatherRows: shared("gatherRows"),
    scatterAddRows: shared("scatterAddRows"),
    rmsNormForward: shared("rmsNormForward"),
    rmsNormBackwardInput: shared("rmsNormBackwardInput"),
    rmsNormBackwardWeight: shared("rmsNormBackwardWeight"),
    rope: shared("rope"),
    swigluForward: shared("swigluForward"),
    swigluBackward: shared("swigluBackward"),
    gegluForward: shared("gegluForward"),
    gegluBackward: shared("gegluBackward"),
    attentionWorkspaceBytes: (longest) => main.attentionWorkspaceBytes(longest),
    threads: pool.threads,
    attentionForward: shared("attentionForward"),
    attentionBackward: shared("attentionBackward"),
    attentionWithPastWorkspaceBytes: (longest) => main.attentionWithPastWorkspaceBytes(longest),
    attentionWithPast: shared("attentionWithPast"),
    fewRowsTimesTransposed: shared("fewRowsTimesTransposed"),
    crossEntropyForward: shared("crossEntropyForward"),
    crossEntropyBackward: shared("crossEntropyBackward"),
    adamw: shared("adamw"),
    widenBfloat16: shared("widenBfloat16"),
    widenBfloat16InPlace: main.widenBfloat16,
    widenFloat16: main.widenFloat16,
    firstNotFinite: main.firstNotFinite,
    firstNotFiniteHalf: main.firstNotFiniteHalf,
  };
}

/** By the BLAS that every thread has a handle of, or else by our own kernel. */
export function makeThreadedMultiply(pool: ThreadPool, blas: boolean): Multiply {
  return blas ? (...args) => pool.run("multiply", ...args) : (...args) => pool.run("gemm", ...args);
}
