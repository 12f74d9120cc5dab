/** All kernels, on addresses of the heap. Counts and strides are in floats. */
export { adamw } from "./adamw";
export { attentionBackward, attentionForward, attentionWorkspaceBytes } from "./attention";
export { widenBfloat16 } from "./bfloat16";
export { crossEntropyBackward, crossEntropyForward } from "./cross-entropy";
export { dropout } from "./dropout";
export { add, fillZero, squaresRunLength, sumsOfSquares } from "./elementwise";
export { gatherRows, scatterAddRows } from "./embedding";
export { gemm, gemmWorkspaceBytes, useGemmWorkspace } from "./gemm";
export { useMultiplyOutside } from "./multiply";
export { rmsNormBackwardInput, rmsNormBackwardWeight, rmsNormForward } from "./rmsnorm";
export { rope } from "./rope";
export { swigluBackward, swigluForward } from "./swiglu";
