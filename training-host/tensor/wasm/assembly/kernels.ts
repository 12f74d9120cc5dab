/** All kernels, on addresses of the heap. Counts and strides are in floats. */
export { adamw } from "./adamw";
export { attentionBackward, attentionForward, attentionWorkspaceBytes } from "./attention";
export { attentionWithPast, attentionWithPastWorkspaceBytes } from "./attention-with-past";
export { widenBfloat16 } from "./bfloat16";
export { addBias, sumRows } from "./bias";
export { crossEntropyBackward, crossEntropyForward } from "./cross-entropy";
export { dropout } from "./dropout";
export { add, fillZero, scale, squaresRunLength, sumsOfSquares } from "./elementwise";
export { firstNotFinite, firstNotFiniteHalf } from "./finite";
export { widenFloat16 } from "./float16";
export { gatherRows, scatterAddRows } from "./embedding";
export { fewRowsTimesTransposed } from "./few-rows";
export { gegluBackward, gegluForward } from "./geglu";
export { gemm, gemmWorkspaceBytes, useGemmWorkspace } from "./gemm";
export { useMultiplyOutside } from "./multiply";
export { rmsNormBackwardInput, rmsNormBackwardWeight, rmsNormForward } from "./rmsnorm";
export { rope } from "./rope";
export { swigluBackward, swigluForward } from "./swiglu";
