/** All kernels, on addresses of the TensorFlow.js wasm backend's heap. Counts and strides are in floats. */
export { adamw } from "./adamw";
export { attentionBackward, attentionForward, attentionWorkspaceBytes } from "./attention";
export { crossEntropyBackward, crossEntropyForward } from "./cross-entropy";
export { add, fillZero, sumOfSquares } from "./elementwise";
export { gatherRows, scatterAddRows } from "./embedding";
export { gemm, gemmWorkspaceBytes, useGemmWorkspace } from "./gemm";
export { rmsNormBackward, rmsNormForward } from "./rmsnorm";
export { rope } from "./rope";
export { swigluBackward, swigluForward } from "./swiglu";
