/** What every operation on our own kernels is made with. */
import type { Heap } from "./heap";
import type { Kernels } from "./kernels";

export interface Kit {
  heap: Heap;
  kernels: Kernels;
}
