/** Opens tensor backends by name. Which one a run takes is the ladder's affair (`ladder/ladder.ts`). */
import { getBackend, removeBackend } from "@tensorflow/tfjs-core";
import type { BackendName } from "../../contracts/backend";
import type { Backend } from "./backend";
import { openCpu } from "./cpu-backend";
import { openWasm } from "./wasm/wasm-backend";

type Opener = (threads: number) => Promise<Backend>;

/** Native ones are loaded when they are opened: a run that does not need them does not pay for them. */
const openers: Readonly<Record<BackendName, Opener>> = {
  "tensorflow-gpu": async (threads) =>
    (await import("./tensorflow/tensorflow-backend")).openTensorflow({ gpu: true, threads }),
  webgpu: async () => (await import("./webgpu/webgpu-backend")).openWebGpu(),
  tensorflow: async (threads) =>
    (await import("./tensorflow/tensorflow-backend")).openTensorflow({ gpu: false, threads }),
  "wasm-blas": (threads) => openWasm({ blas: true, threads }),
  wasm: (threads) => openWasm({ blas: false, threads }),
  cpu: () => openCpu(),
};

/**
 * Makes the backend TensorFlow.js's current one; models of another backend cannot be used until that is opened again.
 * `threads` compute; the cpu backend has one, and a GPU its own: the backend's `threads` says what came of it.
 * A bad native library ends the process: the ladder tries those in another one first.
 * @throws UserError "backend-unavailable".
 */
export function openBackend(name: BackendName, threads = 1): Promise<Backend> {
  return openers[name](threads);
}

/** Frees the memory of the backend that was opened last, with all the tensors on it. */
export function closeBackend(): void {
  try {
    removeBackend(getBackend());
  } catch {
    // A device that was lost has nothing left to free.
  }
}
