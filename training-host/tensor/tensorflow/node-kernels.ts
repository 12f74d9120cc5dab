/**
 * Registers the backend and the kernels of @tensorflow/tfjs-node 4.22.0 in OUR copy of @tensorflow/tfjs-core.
 *
 * The package's own entry cannot be used: it requires @tensorflow/tfjs, and with it a second core that knows nothing of
 * our tensors; and it calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed. So only the files that
 * compute are loaded, with our core, and with those two functions given back.
 */
import * as os from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { explainTensorflowError } from "./out-of-memory";
import { scopedRequire } from "./scoped-modules";

/** The name under which the package registers its kernels, with a GPU or without. */
export const TENSORFLOW = "tensorflow";

/** What we use of the addon `tfjs_binding.node` (binding/tfjs_binding.cc). */
export interface TensorflowAddon {
  /** Of the TensorFlow library that was loaded, e.g. "2.21.0". */
  TF_Version: string;
  isUsingGpuDevice(): boolean;
  executeOp(...values: unknown[]): unknown;
  createTensor(...values: unknown[]): unknown;
}

type NodeBackend = new (addon: TensorflowAddon, packageName: string) => tf.KernelBackend;

/** `kernels` is the folder `dist` of the package; its files are the same in tfjs-node and in tfjs-node-gpu. */
export function registerNodeKernels(kernels: string, addon: TensorflowAddon, packageName: string): void {
  const core = { ...tf, KernelBackend: callable(tf.KernelBackend) };
  const load = scopedRequire(kernels, {
    "@tensorflow/tfjs": core,
    "@tensorflow/tfjs-core": core,
    os,
    util: {
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
      isArray: Array.isArray,
    },
    // Messages for its TensorBoard callback, which need google-protobuf: nothing that computes uses them.
    "./proto/api_pb": {},
  });
  load("register_all_kernels.js");
  const Backend = load("nodejs_kernel_backend.js").NodeJSKernelBackend as NodeBackend;
  tf.registerBackend(TENSORFLOW, () => new Backend(explaining(addon), packageName));
}

/** The package is compiled to ES5, which calls the constructor of a base class without `new`. Ours does nothing. */
function callable<T extends { prototype: object }>({ prototype }: T): () => void {
  const KernelBackend = function KernelBackend(): void {};
  KernelBackend.prototype = prototype;
  return KernelBackend;
}

/** The addon, where TensorFlow takes memory, with our sentence for there being none. Its own properties are read-only. */
function explaining(addon: TensorflowAddon): TensorflowAddon {
  const explained = (call: (...values: unknown[]) => unknown) => ({
    value: (...values: unknown[]) => {
      try {
        return call(...values);
      } catch (error) {
        throw explainTensorflowError(error);
      }
    },
  });
  return Object.create(addon, {
    executeOp: explained(addon.executeOp),
    createTensor: explained(addon.createTensor),
  });
}
