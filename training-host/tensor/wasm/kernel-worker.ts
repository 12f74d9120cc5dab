/** Entry of a worker thread of the pool: its own instances of kernels and BLAS on the shared heap, and then work. */
import { parentPort, workerData } from "node:worker_threads";
import { loadBlas } from "../blas/blas";
import { divisions, type ThreadKernels } from "./kernel-divisions";
import { instantiateKernels } from "./kernels";
import { TaskBoard } from "./task-board";

export interface WorkerSetup {
  thread: number;
  threads: number;
  spin: number;
  board: SharedArrayBuffer;
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  blasFile: string | null;
  /** The kernels that the main thread knows, in its order. */
  divisions: string[];
  /** Address on the heap. */
  gemmWorkspace: number;
}

function openKernels({ thread, module, memory, blasFile, gemmWorkspace }: WorkerSetup): ThreadKernels {
  const blas = blasFile ? loadBlas(blasFile) : null;
  return { ...instantiateKernels(module, memory, () => gemmWorkspace, blas), thread };
}

const setup = workerData as WorkerSetup;
if (setup.divisions.join() !== Object.keys(divisions).join())
  throw new Error("kernel-worker.js is of another build than the program that starts it");
const own = openKernels(setup);
parentPort!.postMessage("ready");
new TaskBoard(setup.board, setup.threads, setup.spin).serve(own);
